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

function lookUp(texts: Readonly<Record<string, string>>, code: string): string | undefined {
  return Object.hasOwn(texts, code) ? texts[code] : undefined;
}
