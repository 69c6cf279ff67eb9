import { isTetraError, TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";

/** SQLSTATEs (PostgreSQL's appendix A) that are acted upon. */
export const SQLSTATE = {
  undefinedObject: "42704",
  duplicateTable: "42P07",
  duplicateObject: "42710",
  uniqueViolation: "23505",
  lockNotAvailable: "55P03",
} as const;

/** Connections ended, or not taken, by a server that stops, starts, recovers or is full. */
const AWAY = /^(08...|57P0[1235]|53300|25P0[34])$/;
/** Serialization failure and deadlock: the same transaction may succeed when it is run again. */
const CONFLICTS = /^(40001|40P01)$/;
/** Permission denied; no such schema. */
const NOT_SET_UP = /^(42501|3F000)$/;

/** The SQLSTATE of what the server said; `undefined` when it said nothing. */
export function sqlState(error: unknown): string | undefined {
  // the driver's own errors and the system's have codes too, but no severity
  if (!(error instanceof Error) || !("severity" in error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether the connection is lost or must not be used again. */
export function isAway(error: unknown): boolean {
  if (isTetraError(error)) return isTetraError(error, "RESOURCE_AWAY");
  const state = sqlState(error);
  return state === undefined || AWAY.test(state);
}

/** Whether the server lacks something that a person must add. */
export function isNotSetUp(error: unknown): boolean {
  return NOT_SET_UP.test(sqlState(error) ?? "");
}

/** What an error means for two-phase commit; `where` begins the message. */
export function explained(
  where: string,
  error: unknown,
  details: Readonly<Record<string, unknown>>,
): TetraError<ParticipantErrorCode> {
  if (isTetraError<ParticipantErrorCode>(error)) {
    const { code, message, hint = "", cause } = error;
    const all = { ...details, ...error.details };
    return new TetraError(code, `${where}: ${message}`, { hint, details: all, cause });
  }
  const { code, hint } = meaning(error);
  return new TetraError(code, `${where}: ${said(error)}`, { hint, details, cause: error });
}

function meaning(error: unknown): { readonly code: ParticipantErrorCode; readonly hint: string } {
  const state = sqlState(error) ?? "";
  if (isAway(error)) return { code: "RESOURCE_AWAY", hint: "see whether the server is up" };
  if (CONFLICTS.test(state)) return { code: "CONFLICT", hint: "run the transaction again" };
  return { code: "WORK_REFUSED", hint: serverHint(error) ?? "see the server's log" };
}

function said(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // a refused connection to several addresses has a code and no message
  const text = error.message || ("code" in error ? String(error.code) : error.name);
  return text.replaceAll(/\s+/g, " ");
}

function serverHint(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("hint" in error)) return undefined;
  return typeof error.hint === "string" ? error.hint : undefined;
}
