/** A line of the repl, in words. */
export interface SplitLine {
  /** The words, without the quotes of a shell; nothing is expanded. */
  readonly words: readonly string[];
  /** The last word as it stands in the line: empty behind a blank. */
  readonly raw: string;
  /** What the last word means so far. */
  readonly current: string;
  /** The quote that nothing closes. */
  readonly open: "'" | '"' | undefined;
}

/** Takes a line apart as a shell does, without expanding anything. Total: a line may be half written. */
export function splitLine(line: string): SplitLine {
  const words: string[] = [];
  let word: string | undefined;
  let start = line.length;
  let open: "'" | '"' | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const letter = line[at] ?? "";
    if (open === undefined && /\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    if (word === undefined) start = at;
    word ??= "";
    if (letter === open) open = undefined;
    else if (open === undefined && (letter === "'" || letter === '"')) open = letter;
    else if (letter === "\\" && isEscape(open, line[at + 1])) {
      at += 1;
      word += line[at] ?? "";
    } else word += letter;
  }
  if (word !== undefined) words.push(word);
  const raw = word === undefined ? "" : line.slice(start);
  return { words, raw, current: word ?? "", open };
}

/** As in a shell: never in single quotes, in double ones only before what means something there. */
function isEscape(open: string | undefined, next: string | undefined): boolean {
  if (open === "'") return false;
  return open === undefined ? next !== undefined : next !== undefined && '"\\$`'.includes(next);
}
