/** One token of TOML. Text that is no TOML becomes `bare` tokens of one character. */
export interface TomlToken {
  readonly type: "space" | "newline" | "comment" | "string" | "bare" | "punctuation";
  readonly text: string;
  readonly offset: number;
  /** The line it begins on, from 1. */
  readonly line: number;
}

// the order matters: strings of three quotes before those of one
const TOKEN =
  /(?<space>[ \t]+)|(?<newline>\r?\n)|(?<comment>#[^\n]*)|(?<string>"""(?:[^\\]|\\[^])*?"""+|'''[^]*?'''+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')|(?<punctuation>[[\]{}=,.])|(?<bare>[^\s#"'[\]{}=,.]+|[^])/gu;

/** Splits a text into tokens; together they are the text again. */
export function* tomlTokens(text: string): Generator<TomlToken> {
  let line = 1;
  for (const match of text.matchAll(TOKEN)) {
    const groups = match.groups ?? {};
    const [token] = match;
    yield { type: typeOf(groups), text: token, offset: match.index, line };
    if (groups["newline"] !== undefined || groups["string"] !== undefined) {
      line += token.split("\n").length - 1;
    }
  }
}

function typeOf(groups: Readonly<Record<string, string | undefined>>): TomlToken["type"] {
  if (groups["space"] !== undefined) return "space";
  if (groups["newline"] !== undefined) return "newline";
  if (groups["comment"] !== undefined) return "comment";
  if (groups["string"] !== undefined) return "string";
  if (groups["punctuation"] !== undefined) return "punctuation";
  return "bare";
}
