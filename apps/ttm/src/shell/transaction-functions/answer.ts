import { failureLines, failureOf, type Piece, render } from "@tetra/cli-kit";
import { beginningOf, inOriginalWords } from "../../original-words.ts";
import type { ShellAnswer } from "../shell-call.ts";

/** What an answer has besides lines on standard output. */
export type Further = Partial<Omit<ShellAnswer, "stdout">>;

/** Answers with text as it is. */
export function data(stdout: string, further: Further = {}): ShellAnswer {
  return { status: 0, stderr: "", ...further, stdout };
}

/** Answers with lines; control characters in them are shown, not sent to a terminal. */
export function lines(
  texts: readonly (string | readonly Piece[])[],
  further?: Further,
): ShellAnswer {
  return data(joined(texts), further);
}

/** Refuses with lines on standard error. */
export function refused(...texts: readonly string[]): ShellAnswer {
  return { status: 1, stdout: "", stderr: joined(texts) };
}

/** Lines as text. */
export function joined(texts: readonly (string | readonly Piece[])[]): string {
  return texts
    .map((line) => `${render(typeof line === "string" ? [line] : line, { colour: false })}\n`)
    .join("");
}

/** What the reference has word for word: one line, no hint. */
const WORD_FOR_WORD: ReadonlySet<string> = new Set(["NO_ACTIVE", "NO_DATA_ROOT"]);

/** Refuses with what was thrown: in the original's words where it had some, in ours elsewhere. */
export function refusal(thrown: unknown): ShellAnswer {
  const failure = inOriginalWords(failureOf(thrown));
  const told = failureLines(failure, beginningOf(failure));
  const shown = WORD_FOR_WORD.has(failure.code) ? told.slice(0, 1) : told;
  return { status: 1, stdout: "", stderr: joined(shown) };
}
