import { isTetraError } from "@tetra/errors";
import type { TtsErrorCode } from "../errors.ts";
import { sameJson } from "../transaction/adopt.ts";

// What the conformance suite asserts with, so that it needs no test framework.

/** Throws unless the condition holds. */
export function ok(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** Throws unless the two JSON values are equal; the order of keys does not matter. */
export function same(actual: unknown, expected: unknown, what: string): void {
  ok(
    sameJson(actual, expected),
    `${what}\n  expected ${JSON.stringify(expected)}\n  but got  ${JSON.stringify(actual)}`,
  );
}

/** Throws unless the promise is refused with a `TetraError` of one of these codes. */
export async function refuses(
  promise: Promise<unknown>,
  codes: TtsErrorCode | readonly TtsErrorCode[],
  what: string,
): Promise<void> {
  const allowed = [codes].flat();
  const error = await promise.then(
    (value: unknown) =>
      new Error(
        `${what}: expected ${allowed.join(" or ")}, but it was accepted and gave ${JSON.stringify(value)}`,
      ),
    (reason: unknown) => reason,
  );
  if (allowed.some((code) => isTetraError(error, code))) return;
  throw isTetraError(error)
    ? new Error(`${what}: expected ${allowed.join(" or ")}, got ${error.code}`, { cause: error })
    : error;
}

/** Runs all of these at once; how many succeeded, and each failure, which must have this code. */
export async function race<T>(
  attempts: readonly Promise<T>[],
  loserCode: TtsErrorCode,
): Promise<readonly T[]> {
  const outcomes = await Promise.allSettled(attempts);
  return outcomes.flatMap((outcome) => {
    if (outcome.status === "fulfilled") return [outcome.value];
    if (isTetraError(outcome.reason, loserCode)) return [];
    throw outcome.reason;
  });
}
