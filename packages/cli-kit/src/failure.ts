import { isTetraError } from "@tetra/errors";
import { type Piece, styled } from "./span.ts";

/** What went wrong, in the shape that `--json` prints as `{"error": …}`. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The code of an error that no package of ours meant to throw. */
const BUG = "BUG";

/** What there is to say about anything that was thrown. */
export function failureOf(error: unknown): Failure {
  if (isTetraError(error)) {
    const { code, message, hint, details } = error;
    return {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(details === undefined ? {} : { details }),
    };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    code: BUG,
    message: error instanceof Error ? error.message : String(error),
    hint: "this is a mistake in the program; please report it",
    ...(stack === undefined ? {} : { details: { stack } }),
  };
}

/** A failure for people: one line, and one with the way out. */
export function failureLines(
  { message, hint }: Failure,
  beginning = "Error: ",
): readonly (readonly Piece[])[] {
  const line = [styled(beginning, "red", "bold"), message];
  return hint === undefined ? [line] : [line, [styled("Hint: ", "dim"), hint]];
}
