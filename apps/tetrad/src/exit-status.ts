import type { TetradErrorCode } from "./errors.ts";

// after sysexits(3), where it has something fitting
const FAILURE = 1;
const USAGE = 64;
const BAD_DATA = 65;
const NOT_FOUND = 66;
const UNAVAILABLE = 69;
const NOT_ALLOWED = 77;

/** A Record, so that a code without a status does not compile. */
const EXIT_STATUS: Readonly<Record<TetradErrorCode, number>> = {
  USAGE,
  UNKNOWN_COMMAND: USAGE,
  SYSTEM_REFUSED: FAILURE,
  NO_DATA_ROOT: FAILURE,
  CONFIG_INVALID: BAD_DATA,
  CONFIG_UNSAFE: NOT_ALLOWED,
  HTTP_ADDRESS_REFUSED: NOT_ALLOWED,
  HTTP_NOT_SERVED: FAILURE,
  TOKEN_EXISTS: FAILURE,
  TOKEN_NOT_FOUND: NOT_FOUND,
  POLICY_UNREADABLE: NOT_FOUND,
  DAEMON_NOT_RUNNING: FAILURE,
  DAEMON_START_FAILED: FAILURE,
  DAEMON_UNREACHABLE: UNAVAILABLE,
  DAEMON_STUCK: FAILURE,
  SOCKET_PATH_TOO_LONG: FAILURE,
  SOCKET_FOLDER_UNSAFE: FAILURE,
  UNSUPPORTED_PLATFORM: FAILURE,
  BUG: FAILURE,
};

/** The exit status for an error's code; a code this program does not know is a failure. */
export function exitStatusOf(code: string): number {
  const statuses: Readonly<Record<string, number>> = EXIT_STATUS;
  return Object.hasOwn(statuses, code) ? (statuses[code] ?? FAILURE) : FAILURE;
}
