import type { TtmErrorCode } from "./errors.ts";

// after sysexits(3), where it has something fitting
const FAILURE = 1;
const CONFLICT = 2;
const USAGE = 64;
const BAD_DATA = 65;
const NOT_FOUND = 66;

/** A Record, so that a code without a status does not compile. */
const EXIT_STATUS: Readonly<Record<TtmErrorCode, number>> = {
  USAGE,
  UNKNOWN_COMMAND: USAGE,
  INVALID_INPUT: BAD_DATA,
  INVALID_ID: BAD_DATA,
  UNKNOWN_STAGE: BAD_DATA,
  INVALID_TARGET: BAD_DATA,
  INVALID_TOPOLOGY: BAD_DATA,
  AMBIGUOUS: BAD_DATA,
  NOT_FOUND,
  INVALID_STAGE: CONFLICT,
  CONFLICT,
  EXISTS: CONFLICT,
  BUSY: CONFLICT,
  NO_ACTIVE: FAILURE,
  NO_TARGET: FAILURE,
  NO_DATA_ROOT: FAILURE,
  REMOTE_TARGET: FAILURE,
  READ_ONLY: FAILURE,
  IO: FAILURE,
  BUG: FAILURE,
};

/** The exit status for an error's code; a code of a package this program does not know is a failure. */
export function exitStatusOf(code: string): number {
  const statuses: Readonly<Record<string, number>> = EXIT_STATUS;
  return Object.hasOwn(statuses, code) ? (statuses[code] ?? FAILURE) : FAILURE;
}
