/** A signal that aborts with the first of several, or when its time is over. */
export interface JoinedSignal {
  readonly signal: AbortSignal;
  /** Lets go of the others. */
  readonly dispose: () => void;
}

/**
 * Joins signals. Node 20's own `AbortSignal.any` and `AbortSignal.timeout` may be collected, and then never
 * abort, while somebody still waits for them.
 */
export function joinedSignal(
  signals: readonly AbortSignal[],
  { timeoutMs }: { readonly timeoutMs?: number } = {},
): JoinedSignal {
  const joined = new AbortController();
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => joined.abort(), Math.min(timeoutMs, MOST_MS));
  const abort = (): void => joined.abort();
  for (const signal of signals) {
    if (signal.aborted) joined.abort();
    signal.addEventListener("abort", abort);
  }
  return {
    signal: joined.signal,
    dispose() {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", abort);
    },
  };
}

/** Timers of node end at once when they are given more. */
const MOST_MS = 2 ** 31 - 1;
