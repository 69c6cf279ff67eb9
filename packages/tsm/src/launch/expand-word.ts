import type { Part, Word } from "./bash-words.ts";

/** What a variable has: text, or a list. */
export type Value = string | readonly string[];

/** The variables that a word may speak of. */
export interface Variables {
  /** What stands for the variable: of a list its first item, as in bash. */
  get(name: string): string | undefined;
  /** What `${V:=x}` does. */
  set(name: string, value: string): void;
}

/** A piece of text that came of a word. */
interface Piece {
  readonly text: string;
  /** Bash would take it apart at blanks where it stands in a list. */
  readonly splits: boolean;
  /** It was quoted: even empty it is an item of a list. */
  readonly quoted: boolean;
}

/** The word as one text: what an assignment makes of it. */
export function expandText(word: Word, variables: Variables): string {
  return expand(word, variables)
    .map(({ text }) => text)
    .join("");
}

/**
 * The word as the items that it becomes in a list: what came of unquoted variables is taken apart at
 * blanks. `undefined`: bash would look for files that fit.
 */
export function expandItems(word: Word, variables: Variables): readonly string[] | undefined {
  const items: string[] = [];
  let item: string | undefined;
  for (const { text, splits, quoted } of expand(word, variables)) {
    if (splits && /[*?[]/.test(text)) return undefined;
    const [first = "", ...others] = splits ? text.split(/[ \t\n]+/) : [text];
    if (first !== "" || quoted) item = (item ?? "") + first;
    for (const other of others) {
      if (item !== undefined) items.push(item);
      item = other === "" ? undefined : other;
    }
  }
  return item === undefined ? items : [...items, item];
}

function expand(word: Word, variables: Variables): readonly Piece[] {
  return word.flatMap((part) => expandPart(part, variables));
}

function expandPart(part: Part, variables: Variables): readonly Piece[] {
  switch (part.type) {
    case "text":
      return [{ text: part.text, splits: false, quoted: part.quoted }];
    case "home":
      return [{ text: variables.get("HOME") ?? "~", splits: false, quoted: true }];
    case "variable": {
      const { name, quoted, fallback } = part;
      const value = variables.get(name);
      const result = (text: string): readonly Piece[] => [{ text, splits: !quoted, quoted }];
      if (fallback === undefined) return result(value ?? "");
      const isSet = value !== undefined && !(fallback.emptyIsUnset && value === "");
      if (isSet !== (fallback.operator === "+")) return result(isSet ? value : "");
      if (fallback.operator === "=") {
        const text = expandText(fallback.word, variables);
        variables.set(name, text);
        return result(text);
      }
      const pieces = expand(fallback.word, variables);
      return quoted
        ? [{ text: pieces.map(({ text }) => text).join(""), splits: false, quoted }]
        : pieces.map((piece) => ({
            text: piece.text,
            splits: !piece.quoted,
            quoted: piece.quoted,
          }));
    }
  }
}
