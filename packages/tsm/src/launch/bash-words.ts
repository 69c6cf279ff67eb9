import type { TetraError } from "@tetra/errors";
import { ansiQuoted } from "./ansi-quoted.ts";
import { fits, refusal, take, type TextCursor } from "./text-cursor.ts";

/** A piece of a word, as it is written. */
export type Part =
  | { readonly type: "text"; readonly text: string; readonly quoted: boolean }
  /** A `~` that stands for the home folder. */
  | { readonly type: "home" }
  | {
      readonly type: "variable";
      readonly name: string;
      readonly quoted: boolean;
      readonly fallback?: Fallback;
    };

/** A word as it is written: its pieces in order. */
export type Word = readonly Part[];

/** What `${V:-word}` and its relatives say. */
interface Fallback {
  /** `-`: use the word instead of what is not set; `=`: and assign it; `+`: use it where something is set. */
  readonly operator: "-" | "=" | "+";
  /** With a colon, what is empty counts as not set. */
  readonly emptyIsUnset: boolean;
  readonly word: Word;
}

type Homes = "start" | "colons";

/** Where a word stands: what ends it, and what bash would do to it, depends on that. */
export interface Standing {
  readonly place: "value" | "element" | "fallback";
  /** Inside double quotes. */
  readonly quoted: boolean;
  /** Whether a `~` counts at the start only, or also after each colon, as in assignments. */
  readonly homes: Homes;
  /** The same for words inside its expansions, where that differs. */
  readonly innerHomes?: Homes;
  /** Whether bash would expand `{a,b}`. */
  readonly braces: boolean;
  /** Whether bash would look for files at `*`. */
  readonly patterns: boolean;
}

const BACKTICK = "command substitution, `…`";
const ENDS: Readonly<Record<Standing["place"], RegExp>> = {
  value: /[ \t\n;]|$/y,
  element: /[ \t\n)]|$/y,
  fallback: /\}|$/y,
};
const OPERATORS: Readonly<Record<Standing["place"], RegExp>> = {
  value: /[&|<>()]/y,
  element: /[&|<>(;]/y,
  fallback: /[<>]\(/y,
};
const PLAIN = /[^\\'"`$~{}*?[\]:&|<>(); \t\n]+/y;

/**
 * Reads one word, up to what ends it at its place.
 * @throws TetraError `NOT_ASSIGNMENTS` when it would have to be executed to be known.
 */
export function readWord(cursor: TextCursor, standing: Standing): Word {
  const parts: Part[] = [];
  const { place, quoted, homes } = standing;
  const start = cursor.at;
  let mayBeHome = !quoted;
  for (;;) {
    if (fits(cursor, ENDS[place], cursor.at)) {
      if (place === "fallback" && cursor.at === cursor.text.length) {
        throw refusal(cursor, "a ${ without its }", start);
      }
      return parts;
    }
    if (!quoted && fits(cursor, OPERATORS[place], cursor.at)) throw operator(cursor);
    const isHome = mayBeHome && cursor.text[cursor.at] === "~" && endsHome(cursor, standing);
    if (isHome) {
      cursor.at += 1;
      parts.push({ type: "home" });
    } else {
      const pieces = readPiece(cursor, standing);
      if (pieces.length === 0) continue; // the end of a line between, which is not there for bash
      parts.push(...pieces);
    }
    mayBeHome = !quoted && homes === "colons" && isPlainColon(parts.at(-1));
  }
}

function isPlainColon(part: Part | undefined): boolean {
  return part?.type === "text" && part.text === ":" && !part.quoted;
}

function operator(cursor: TextCursor): TetraError {
  const rest = cursor.text.slice(cursor.at);
  if (/^[<>]\(/.test(rest)) return refusal(cursor, "process substitution");
  if (rest.startsWith("(")) return refusal(cursor, "a parenthesis: a function or a subshell");
  return refusal(cursor, `the operator ${rest.slice(0, 1)}`);
}

/** Whether the `~` here stands alone, so that it means the home folder. */
function endsHome(cursor: TextCursor, { place, homes }: Standing): boolean {
  const rest = cursor.text.slice(cursor.at + 1);
  const goesOn = rest.startsWith("/") || (rest.startsWith(":") && homes === "colons");
  if (goesOn || fits(cursor, ENDS[place], cursor.at + 1)) return true;
  if (/^["'$]|^\\[^\n]/.test(rest)) return false;
  throw refusal(cursor, `another home folder, ~${rest.slice(0, 1)}…`);
}

function readPiece(cursor: TextCursor, standing: Standing): Word {
  const { place, quoted, homes, innerHomes = homes } = standing;
  const text = (found: string, isQuoted: boolean): Word => [
    { type: "text", text: found, quoted: isQuoted },
  ];
  const plain = take(cursor, PLAIN);
  if (plain !== undefined) return text(plain, quoted);

  const sign = cursor.text[cursor.at] ?? "";
  const isSpecial = !quoted && place !== "fallback";
  switch (sign) {
    case "\\":
      return quoted ? text(quotedEscape(cursor, /[$`"\\}\n]/), true) : escape(cursor);
    case '"':
      return readDoubleQuoted(cursor, { nested: quoted });
    case "'":
      if (!quoted) return text(singleQuoted(cursor), true);
      break;
    case "$":
      return readDollar(cursor, quoted ? "fallback" : "none", innerHomes);
    case "`":
      throw refusal(cursor, BACKTICK);
    case "{":
    case "}":
      if (isSpecial && standing.braces) throw refusal(cursor, "an unquoted brace");
      break;
    case "*":
    case "?":
    case "[":
      if (!quoted && standing.patterns) throw refusal(cursor, "an unquoted file pattern");
      break;
  }
  cursor.at += 1;
  return text(sign, quoted);
}

/** A backslash outside quotes; in front of a line's end both go. */
function escape(cursor: TextCursor): Word {
  const next = cursor.text[cursor.at + 1];
  if (next === undefined) throw refusal(cursor, "a backslash at the end of the file");
  cursor.at += 2;
  return next === "\n" ? [] : [{ type: "text", text: next, quoted: true }];
}

/** A backslash inside double quotes, where it is itself in front of most signs. */
function quotedEscape(cursor: TextCursor, special: RegExp): string {
  const next = cursor.text[cursor.at + 1] ?? "";
  if (!special.test(next)) {
    cursor.at += 1;
    return "\\";
  }
  cursor.at += 2;
  return next === "\n" ? "" : next;
}

function singleQuoted(cursor: TextCursor): string {
  const start = cursor.at;
  const end = cursor.text.indexOf("'", start + 1);
  if (end === -1) throw refusal(cursor, "a quote that is not closed, '");
  cursor.at = end + 1;
  return cursor.text.slice(start + 1, end);
}

/** `nested`: inside a `${…}` that is itself in double quotes, where shells differ about backslashes. */
function readDoubleQuoted(cursor: TextCursor, { nested }: { readonly nested: boolean }): Word {
  const start = cursor.at;
  const parts: Part[] = [{ type: "text", text: "", quoted: true }];
  cursor.at += 1;
  for (;;) {
    const plain = take(cursor, /[^"\\$`]+/y);
    if (plain !== undefined) parts.push({ type: "text", text: plain, quoted: true });
    switch (cursor.text[cursor.at]) {
      case undefined:
        throw refusal(cursor, 'a quote that is not closed, "', start);
      case '"':
        cursor.at += 1;
        return parts;
      case "\\":
        if (nested) throw refusal(cursor, "a backslash in quotes inside a quoted expansion");
        parts.push({ type: "text", text: quotedEscape(cursor, /[$`"\\\n]/), quoted: true });
        break;
      case "`":
        throw refusal(cursor, BACKTICK);
      default:
        parts.push(...readDollar(cursor, "double", "start"));
    }
  }
}

/** What a `$` begins; `quotes`: none, double quotes, or a `${…}` inside those. */
function readDollar(
  cursor: TextCursor,
  quotes: "none" | "double" | "fallback",
  homes: Homes,
): Word {
  const quoted = quotes !== "none";
  const next = cursor.text[cursor.at + 1] ?? "";
  if (fits(cursor, /\$\w*\\\n/y, cursor.at))
    throw refusal(cursor, "a line that ends inside a name");
  const name = take(cursor, /\$[A-Za-z_][A-Za-z0-9_]*/y);
  if (name !== undefined) return [{ type: "variable", name: name.slice(1), quoted }];
  if (next === "{") return readBraced(cursor, quoted, homes);
  if (next === "(") {
    const isSum = cursor.text.startsWith("$((", cursor.at);
    throw refusal(cursor, isSum ? "arithmetic, $((…))" : "command substitution, $(…)");
  }
  if (next === "[") throw refusal(cursor, "arithmetic, $[…]");
  if (/[0-9@*#?$!-]/.test(next)) throw refusal(cursor, `the shell's own $${next}`);
  if (/["']/.test(next) && quotes === "fallback") {
    throw refusal(cursor, `quotes of the kind $${next} inside a quoted expansion`);
  }
  cursor.at += 1;
  if (next === '"' && !quoted) return readDoubleQuoted(cursor, { nested: false });
  if (next === "'" && !quoted) return [{ type: "text", text: ansiQuoted(cursor), quoted: true }];
  return [{ type: "text", text: "$", quoted }];
}

function readBraced(cursor: TextCursor, quoted: boolean, homes: Homes): Word {
  const start = cursor.at;
  const name = take(cursor, /\$\{[A-Za-z_][A-Za-z0-9_]*/y)?.slice(2);
  const operation = name === undefined ? undefined : take(cursor, /\}|:?[-=+]/y);
  if (name === undefined || operation === undefined) {
    const [shown = ""] = cursor.text.slice(start, start + 20).split("\n", 1);
    throw refusal(cursor, `an expansion other than \${V}, \${V:-x}, \${V:=x}: ${shown}`, start);
  }
  if (operation === "}") return [{ type: "variable", name, quoted }];
  const sign = operation.at(-1);
  const word = readWord(cursor, {
    place: "fallback",
    quoted,
    // what `=` assigns is no assignment for bash, though what is inside it is
    homes: sign === "=" ? "start" : homes,
    innerHomes: homes,
    braces: false,
    patterns: false,
  });
  cursor.at += 1;
  const fallback: Fallback = {
    operator: sign === "=" || sign === "+" ? sign : "-",
    emptyIsUnset: operation.startsWith(":"),
    word,
  };
  return [{ type: "variable", name, quoted, fallback }];
}
