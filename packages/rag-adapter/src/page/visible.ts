const NAMES: Readonly<Record<string, string>> = { "\n": " ", "\t": " ", "\r": " " };

/**
 * A text of unknown origin on one line of a page: line breaks become spaces and other control characters
 * `\xNN`, so that nothing of it is carried out by a terminal.
 */
export function visible(text: string): string {
  return text.replaceAll(
    // oxlint-disable-next-line eslint/no-control-regex -- they are what is looked for
    /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g,
    (character) => {
      const shown = NAMES[character];
      return shown ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
    },
  );
}

/** The first characters of a text: whole ones, as a person counts them. */
export function cut(text: string, characters: number): string {
  return text.length <= characters ? text : Array.from(text).slice(0, characters).join("");
}

/** Fills a text up with spaces; a longer one stays as it is. */
export function padded(text: string, characters: number): string {
  const missing = characters - Array.from(text).length;
  return missing > 0 ? `${text}${" ".repeat(missing)}` : text;
}
