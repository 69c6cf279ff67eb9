import { setTimeout as sleep } from "node:timers/promises";

/** The machine's own clock, timers and randomness, for the saga engine. */
export const system = {
  clock: { now: Date.now, offsetMinutes: () => -new Date().getTimezoneOffset() },
  timer: {
    /** @param {number} atMs @param {AbortSignal} signal */
    until: (atMs, signal) =>
      sleep(Math.max(0, atMs - Date.now()), undefined, { signal }).catch(() => {}),
  },
  random: Math.random,
};
