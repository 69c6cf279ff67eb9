import type { Clock } from "../ports.ts";

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /** Lets time pass (milliseconds). */
  advance(ms: number): void;
}

/** Makes a clock that shows `startMs` (since the epoch), in a zone `offsetMinutes` east of UTC. */
export function fakeClock(
  startMs: number,
  { offsetMinutes = 0 }: { readonly offsetMinutes?: number } = {},
): FakeClock {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    offsetMinutes: () => offsetMinutes,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}
