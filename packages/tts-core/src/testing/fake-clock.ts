import type { Clock, Timer } from "../ports.ts";

/** A clock that stands still until it is told to move, and the timers that go by it. */
export interface FakeClock extends Clock, Timer {
  /** Lets time pass (milliseconds), and wakes whoever waited for a moment in it. */
  advance(ms: number): void;
  /** Lets time pass until the next moment somebody waits for. @returns whether anybody does. */
  advanceToNext(): boolean;
}

interface Waiting {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Makes a clock that shows `startMs` (since the epoch), in a zone `offsetMinutes` east of UTC. */
export function fakeClock(
  startMs: number,
  { offsetMinutes = 0 }: { readonly offsetMinutes?: number } = {},
): FakeClock {
  let nowMs = startMs;
  const waiting = new Set<Waiting>();

  function advance(ms: number): void {
    nowMs += ms;
    const due = [...waiting].filter(({ atMs }) => atMs <= nowMs);
    for (const { wake } of due.toSorted((a, b) => a.atMs - b.atMs)) wake();
  }

  return {
    now: () => nowMs,
    offsetMinutes: () => offsetMinutes,
    until: (atMs, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          waiting.delete(entry);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        const entry: Waiting = { atMs, wake };
        if (atMs <= nowMs || signal.aborted) {
          resolve();
        } else {
          waiting.add(entry);
          signal.addEventListener("abort", wake);
        }
      }),
    advance,
    advanceToNext() {
      if (waiting.size === 0) return false;
      advance(Math.max(0, Math.min(...[...waiting].map(({ atMs }) => atMs)) - nowMs));
      return true;
    },
  };
}
