import { TetraError } from "@tetra/errors";
import type { ResolveErrorCode } from "../errors.ts";

// without `=`, which makes an assignment of a first word
const PLAIN = /^[\w@%+:,./-]+$/;
const RESERVED = new Set(
  "if then else elif fi do done case esac while until for in function select time coproc".split(
    " ",
  ),
);

/**
 * A text as one word of a POSIX shell, whatever it holds. The only place in Tetra that quotes for a
 * remote shell.
 * @throws TetraError `INVALID_TEXT` for NUL, which no word can hold.
 */
export function quoteForShell(text: string): string {
  if (text.includes("\0")) {
    throw new TetraError<ResolveErrorCode>("INVALID_TEXT", "a command line cannot hold NUL", {
      hint: "send it as content, not as a word",
    });
  }
  return PLAIN.test(text) && !RESERVED.has(text)
    ? text
    : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Words as a command line that gives a POSIX shell exactly these words. */
export function commandLine(words: readonly string[]): string {
  return words.map(quoteForShell).join(" ");
}
