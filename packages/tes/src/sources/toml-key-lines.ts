import { parse } from "smol-toml";
import { KeyLines } from "./key-lines.ts";
import { type TomlToken, tomlTokens } from "./toml-tokens.ts";

/** Finds the line of every key of a text that is TOML: smol-toml gives positions for errors only. */
export function tomlKeyLines(text: string): KeyLines {
  const found = new KeyLines();
  const tokens = [...tomlTokens(text)].filter(({ type }) => type !== "space" && type !== "comment");
  let at = 0;

  function skipNewlines(): void {
    while (tokens[at]?.type === "newline") at += 1;
  }

  function isAt(punctuation: string): boolean {
    return tokens[at]?.type === "punctuation" && tokens[at]?.text === punctuation;
  }

  /** `a."b c".d`, noting each part; ends after the last part. */
  function takePath(under: string): string {
    let path = under;
    for (let token = tokens[at]; token !== undefined; token = tokens[at]) {
      if (token.type === "punctuation" && token.text === ".") {
        at += 1;
        continue;
      }
      if (token.type !== "string" && token.type !== "bare") break;
      path = found.add(path, keyOf(token), token.line);
      at += 1;
    }
    return path;
  }

  function takeHeader(): string {
    while (isAt("[")) at += 1;
    const path = takePath("");
    while (isAt("]")) at += 1;
    return path;
  }

  function takeValue(path: string): void {
    if (isAt("{")) takeMembers("}", () => takePair(path));
    else if (isAt("[")) takeMembers("]", () => takeValue(path));
    else while (at < tokens.length && !isEndOfScalar()) at += 1;
  }

  function isEndOfScalar(): boolean {
    return tokens[at]?.type === "newline" || isAt(",") || isAt("}") || isAt("]");
  }

  function takeMembers(end: string, takeMember: () => void): void {
    at += 1;
    for (;;) {
      while (tokens[at]?.type === "newline" || isAt(",")) at += 1;
      if (at >= tokens.length || isAt(end)) break;
      const before = at;
      takeMember();
      if (at === before) at += 1;
    }
    at += 1;
  }

  function takePair(under: string): void {
    const path = takePath(under);
    if (isAt("=")) at += 1;
    takeValue(path);
  }

  let table = "";
  for (skipNewlines(); at < tokens.length; skipNewlines()) {
    const before = at;
    if (isAt("[")) table = takeHeader();
    else takePair(table);
    if (at === before) at += 1;
  }
  return found;
}

function keyOf({ type, text }: TomlToken): string {
  if (type === "bare") return text;
  if (!text.includes("\\")) return text.slice(1, -1);
  return Object.keys(parse(`${text} = 0`))[0] ?? text;
}
