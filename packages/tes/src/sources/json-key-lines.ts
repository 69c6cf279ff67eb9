import { KeyLines } from "./key-lines.ts";

// each sticky; the text is known to be JSON, so what stands somewhere follows from its first character
const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const SCALAR = /[^,\]}\s]+/y;

/** Finds the line of every key of a text that `JSON.parse` accepts. */
export function jsonKeyLines(text: string): KeyLines {
  const found = new KeyLines();
  let at = 0;
  let line = 1;

  function skipSpace(): void {
    SPACE.lastIndex = at;
    const end = at + (SPACE.exec(text)?.[0].length ?? 0);
    for (; at < end; at += 1) if (text[at] === "\n") line += 1;
  }

  function take(token: RegExp): string {
    token.lastIndex = at;
    const [taken = ""] = token.exec(text) ?? [];
    at += Math.max(taken.length, 1);
    return taken;
  }

  function takeValue(path: readonly string[]): void {
    skipSpace();
    if (text[at] === "{") takeMembers(path, true);
    else if (text[at] === "[") takeMembers(path, false);
    else take(text[at] === '"' ? STRING : SCALAR);
  }

  function takeMembers(path: readonly string[], isObject: boolean): void {
    at += 1;
    for (let index = 0; ; index += 1) {
      skipSpace();
      if (at >= text.length || text[at] === "}" || text[at] === "]") break;
      takeValue(isObject ? takeKey(path) : [...path, String(index)]);
      skipSpace();
      if (text[at] === ",") at += 1;
    }
    at += 1;
  }

  function takeKey(path: readonly string[]): readonly string[] {
    const keyLine = line;
    const key: unknown = JSON.parse(take(STRING));
    const inner = [...path, String(key)];
    found.add(inner, keyLine);
    skipSpace();
    at += 1; // the colon
    return inner;
  }

  takeValue([]);
  return found;
}
