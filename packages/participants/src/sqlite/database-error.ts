import { isTetraError, TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";

// What SQLite says of the work itself: it would say the same tomorrow. Everything else is about the disk or
// other processes, and can pass.
const ABOUT_THE_WORK = /^SQLITE_(?:ERROR|CONSTRAINT|MISMATCH|TOOBIG|RANGE|AUTH)(?:_|$)/;
const NO_DATABASE = /^SQLITE_NOTADB$/;

/** Runs `work`; what the database throws becomes an error of this package, everything else passes. */
export function asParticipantError<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toParticipantError(error, where);
  }
}

function toParticipantError(error: unknown, where: string): unknown {
  if (!(error instanceof Error) || isTetraError(error)) return error;
  // the driver's errors have a code, empty when the file could not be opened
  if (!("code" in error) || typeof error.code !== "string") return error;
  const options = { cause: error, details: { code: error.code } };
  const said = `${where}: ${error.message}`;
  if (NO_DATABASE.test(error.code)) {
    return new TetraError<ParticipantErrorCode>("UNSAFE_DATABASE", said, {
      ...options,
      hint: "look at the path: the file holds something else, or is damaged",
    });
  }
  if (ABOUT_THE_WORK.test(error.code)) {
    return new TetraError<ParticipantErrorCode>("WORK_REFUSED", said, {
      ...options,
      hint: "correct the statement, or what it changes",
    });
  }
  return new TetraError<ParticipantErrorCode>("RESOURCE_AWAY", said, {
    ...options,
    hint: "try again; if it stays, see what holds the database, and whether the disk is full",
  });
}
