import { TetraError } from "@tetra/errors";
import type { TesErrorCode } from "./errors.ts";

// scripts use the text as `ssh $plan` and `scp x "$plan:…"`
/** One word that ssh cannot take for an option. */
export const SSH_DESTINATION: RegExp = /^[^\s\p{Cc}@-][^\s\p{Cc}]*$/u;

/** Whether a text can stand where ssh expects a host, without being taken for an option. */
export function isSshDestination(text: string): boolean {
  return SSH_DESTINATION.test(text);
}

/**
 * Checks what a target became.
 * @throws TetraError `INVALID_TARGET`
 */
export function checkSshDestination(text: string, target: string): string {
  if (isSshDestination(text)) return text;
  throw new TetraError<TesErrorCode>(
    "INVALID_TARGET",
    `${JSON.stringify(target)} cannot be a target: ssh could not be given ${JSON.stringify(text)}`,
    { hint: "use a symbol such as @staging, or host or user@host", details: { target } },
  );
}
