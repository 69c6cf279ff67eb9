import type { Failure } from "@tetra/cli-kit";
import type { TtmErrorCode } from "./errors.ts";

type ByCode = Readonly<Partial<Record<TtmErrorCode, string>>>;

// what scripts around the original tool may look for on standard error (TTS sections 1, 7 and 8)
const BEGINNINGS: ByCode = { UNKNOWN_COMMAND: "", NO_DATA_ROOT: "❌ Error: " };
const MESSAGES: ByCode = { NO_ACTIVE: "No transaction ID provided and no active transaction" };

/** How an error line begins. */
export function beginningOf({ code }: Failure): string {
  return lookUp(BEGINNINGS, code) ?? "Error: ";
}

/** The failure in the original's words where it had some. */
export function inOriginalWords(failure: Failure): Failure {
  return { ...failure, message: lookUp(MESSAGES, failure.code) ?? failure.message };
}

/** What the original's own commands for sagas end with where the command line is wrong, as click(1) does. */
const ORIGINAL_USAGE = 2;

/** The exit status where the original's differs from ours; `argv` is the command line. */
export function statusInOriginal(argv: readonly string[], { code }: Failure): number | undefined {
  const [family, command = ""] = argv;
  const isOriginal = family === "saga" && ["create", "status"].includes(command);
  return isOriginal && code === "USAGE" ? ORIGINAL_USAGE : undefined;
}

function lookUp(texts: Readonly<Record<string, string>>, code: string): string | undefined {
  return Object.hasOwn(texts, code) ? texts[code] : undefined;
}
