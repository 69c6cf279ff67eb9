import { TetraError } from "@tetra/errors";

/** Codes of mistakes in the command line itself. Stable; listed in `docs/errors.md`. */
export type CommandLineErrorCode =
  /** Missing or unknown arguments or options. */
  | "USAGE"
  /** No subcommand of this name. */
  | "UNKNOWN_COMMAND"
  /** The operating system refused something that no package expected: permissions, room, a path. */
  | "SYSTEM_REFUSED";

/** The error for a mistake in the command line. */
export function usageError(
  message: string,
  hint: string,
  details?: Readonly<Record<string, unknown>>,
): TetraError<CommandLineErrorCode> {
  return new TetraError("USAGE", message, { hint, ...(details === undefined ? {} : { details }) });
}
