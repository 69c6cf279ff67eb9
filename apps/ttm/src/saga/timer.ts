import type { Timer } from "@tetra/tts-core";

/** The longest time that a timer of node takes; longer ones end at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Real time. */
export const realTimer: Timer = {
  until: (atMs, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      let timeout: NodeJS.Timeout | undefined;
      const end = (): void => {
        clearTimeout(timeout);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const wait = (): void => {
        const leftMs = atMs - Date.now();
        if (leftMs <= 0) end();
        else timeout = setTimeout(wait, Math.min(leftMs, LONGEST_MS));
      };
      signal.addEventListener("abort", end);
      wait();
    }),
};
