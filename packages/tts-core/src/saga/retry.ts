import type { RetryPolicy } from "./definition.ts";

/** What holds where a definition says nothing: one attempt. */
export const ONCE: RetryPolicy = { maxAttempts: 1 };

/** For what has to succeed: compensations, and steps behind the pivot. */
export const PERSISTENT: RetryPolicy = { maxAttempts: 5 };

/** Nothing is tried again sooner than this (milliseconds): random pauses may come out close to none. */
const LEAST_PAUSE_MS = 10;

/**
 * The pause before the next attempt, in milliseconds: exponential backoff with full jitter, a random
 * time up to `firstMs * factor ^ (failures - 1)`, capped at `maxMs`.
 *
 * Source: Marc Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 */
export function pauseAfter(failures: number, policy: RetryPolicy, random: () => number): number {
  const { firstMs = 200, factor = 2, maxMs = 30_000 } = policy;
  const growth = Math.min(Number.MAX_VALUE, factor ** (failures - 1)); // 0 times Infinity is no number
  const longest = Math.min(maxMs, firstMs * growth);
  return Math.max(LEAST_PAUSE_MS, Math.round(random() * longest));
}
