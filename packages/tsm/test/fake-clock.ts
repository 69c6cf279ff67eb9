import type { Clock } from "../src/clock.ts";

/** A clock that sleeping moves on. */
export function fakeClock(onSleep: () => void = () => {}): Clock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    async sleep(ms) {
      nowMs += ms;
      onSleep();
    },
  };
}
