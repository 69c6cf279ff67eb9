import type { Clock } from "../clock.ts";
import type { Platform, ProcessEntry } from "./platform.ts";

/** Reads the whole process table, from after the call on. */
export type Scan = () => Promise<readonly ProcessEntry[]>;

/**
 * Reading the table costs some microseconds for each process of the machine. Those who ask at about the
 * same time share a reading, which begins after all of them have asked: so nothing that was there then
 * is missed. After a reading the next begins no sooner than that one took, so that under many requests
 * more of them share one, and half of the time is left for other work.
 */
export function sharedScan(platform: Platform, clock: Clock): Scan {
  let next: Promise<readonly ProcessEntry[]> | undefined;
  let freeAtMs = -Infinity;
  let longestMs = 0;

  const read = async (): Promise<readonly ProcessEntry[]> => {
    const waitMs = Math.min(freeAtMs - clock.now(), longestMs); // the clock may be set back
    // at least until all that act in this turn of the loop have asked
    await (waitMs > 0 ? clock.sleep(waitMs) : Promise.resolve());
    next = undefined;
    const beganMs = clock.now();
    const table = platform.processes();
    longestMs = clock.now() - beganMs;
    freeAtMs = clock.now() + longestMs;
    return table;
  };
  return () => (next ??= read());
}
