// Descriptions, file names and log lines were written by others. A terminal obeys control characters
// (move the cursor, change the title, paste, answer back), so none of theirs may reach one.

// C0, DEL, C1, and the marks that reorder or hide text (bidirectional controls, line separators)
// oxlint-disable-next-line no-control-regex -- these are exactly what must be found
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const PRINTABLE = /^[\u0020-\u007e\u00a0-\u02ff]*$/;
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text on one line, with control characters shown as JSON would write them (`\n`, `\u001b`). */
export function visible(text: string): string {
  if (PRINTABLE.test(text)) return text; // nearly always, and ten times faster
  return text.replace(CONTROLS, (character) => NAMED[character] ?? escape(character));
}

/** The same, but line ends and tabs stay: for text of several lines. */
export function visibleLines(text: string): string {
  return text.replace(CONTROLS, (character) =>
    character === "\n" || character === "\t" ? character : escape(character),
  );
}

function escape(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
