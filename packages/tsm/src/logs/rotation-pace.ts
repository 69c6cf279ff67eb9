import { TetraError } from "@tetra/errors";
import type { LogPolicy } from "../care/service-care.ts";
import type { LogsErrorCode } from "./errors.ts";

/** What a look at a log that may have to be rotated has found. */
export interface LogLook {
  /** How much was written since the look before; rotating does not matter. */
  readonly writtenBytes: number;
  /** Time since then; 0: this was the first look. */
  readonly elapsedMs: number;
  /** How long the current file is. */
  readonly bytes: number;
  /** When it is to be rotated; 0: never for its size. */
  readonly maxBytes: number;
}

/** However fast a service writes, its log is not rotated more often: each cut holds it up for some 30 ms. */
export const SHORTEST_PACE_MS = 1000;
/** However little is written, somebody looks: 100 services share one timer. */
export const LONGEST_PACE_MS = 30_000;
/** After a first look nobody knows yet how fast a log grows. */
const FIRST_PACE_MS = 1000;

/**
 * When to look at logs again: before the first of them can be long enough at the speed it had, and
 * neither too often nor too seldom. One timer for all services.
 */
export function nextLookMs(looks: readonly LogLook[]): number {
  const waits = looks.map(waitOf);
  return Math.max(SHORTEST_PACE_MS, Math.min(LONGEST_PACE_MS, ...waits));
}

function waitOf({ writtenBytes, elapsedMs, bytes, maxBytes }: LogLook): number {
  if (maxBytes === 0) return LONGEST_PACE_MS;
  if (elapsedMs <= 0) return FIRST_PACE_MS;
  if (writtenBytes <= 0) return LONGEST_PACE_MS;
  const left = bytes < maxBytes ? maxBytes - bytes : maxBytes; // that one has just been rotated
  return Math.ceil(((left / writtenBytes) * elapsedMs) / 2); // it may get faster
}

/** What is known of a log when it is asked whether to rotate it. */
export interface LogAge {
  readonly bytes: number;
  /** How old its oldest line may be. */
  readonly ageMs: number;
}

/** Whether a log is to be rotated. */
export function isDue({ bytes, ageMs }: LogAge, { maxBytes, maxAgeMs }: LogPolicy): boolean {
  if (bytes === 0) return false;
  return (maxBytes > 0 && bytes >= maxBytes) || (maxAgeMs > 0 && ageMs >= maxAgeMs);
}

/** Returns the policy if it can be carried out. @throws TetraError `INVALID_ROTATION` */
export function checkLogPolicy(policy: LogPolicy): LogPolicy {
  const { maxBytes, maxAgeMs, keep } = policy;
  for (const [what, value] of Object.entries({ maxBytes, maxAgeMs, keep })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new TetraError<LogsErrorCode>(
      "INVALID_ROTATION",
      `rotation: ${what} cannot be ${value}`,
      {
        hint: "give a whole number from 0",
      },
    );
  }
  return policy;
}
