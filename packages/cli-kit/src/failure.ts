import { isTetraError } from "@tetra/errors";
import type { CommandLineErrorCode } from "./errors.ts";
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

const PERMISSIONS = "look whose it is, and at its permissions";
const ROOM = "make room on the disk that it goes to";
const TOO_MANY = "raise the limit of open files (ulimit -n), or end what holds them";

/** What to do about what the system refuses whatever a program does right; anything else is a bug. */
const REFUSALS: ReadonlyMap<unknown, string> = new Map([
  ["EACCES", PERMISSIONS],
  ["EPERM", PERMISSIONS],
  ["EROFS", "make the disk writable, or use another folder"],
  ["ENOSPC", ROOM],
  ["EDQUOT", ROOM],
  ["ENOTDIR", "look at the path: a part of it is no folder"],
  ["ELOOP", "look at the path: links in it lead in a circle"],
  ["ENAMETOOLONG", "use a shorter path"],
  ["EMFILE", TOO_MANY],
  ["ENFILE", TOO_MANY],
  ["EIO", "look at the disk: it fails"],
]);

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
  const refused = refusalOf(error);
  if (refused !== undefined) return refused;
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    code: BUG,
    message: error instanceof Error ? error.message : String(error),
    hint: "this is a mistake in the program; please report it",
    ...(stack === undefined ? {} : { details: { stack } }),
  };
}

function refusalOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error && "code" in error)) return undefined;
  const hint = REFUSALS.get(error.code);
  if (hint === undefined) return undefined;
  const code: CommandLineErrorCode = "SYSTEM_REFUSED";
  const path = "path" in error ? { path: error.path } : {};
  return { code, message: error.message, hint, details: { code: error.code, ...path } };
}

/** A failure for people: one line, and one with the way out. */
export function failureLines(
  { message, hint }: Failure,
  beginning = "Error: ",
): readonly (readonly Piece[])[] {
  const line = [styled(beginning, "red", "bold"), message];
  return hint === undefined ? [line] : [line, [styled("Hint: ", "dim"), hint]];
}
