import { setTimeout as sleep } from "node:timers/promises";

let skippedMs = 0;
const now = () => Date.now() + skippedMs;

/** The machine's own clock, timers and randomness, for the coordinator. */
export const system = {
  clock: { now, offsetMinutes: () => -new Date().getTimezoneOffset() },
  timer: {
    /** @param {number} atMs @param {AbortSignal} signal */
    until: (atMs, signal) =>
      sleep(Math.max(0, atMs - now()), undefined, { signal }).catch(() => {}),
  },
  random: Math.random,
};

/** Lets the story's clock jump. @param {number} ms */
export function skip(ms) {
  skippedMs += ms;
}
