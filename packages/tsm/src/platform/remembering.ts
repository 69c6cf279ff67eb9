import type { Clock } from "../clock.ts";
import type { Platform, ProcessEntry, ProcessId } from "./platform.ts";

/**
 * Remembers what environments said, so that looking for a cookie again costs a look at the process table
 * only. Who carried a cookie once is known by it for life, even if it erases it. Who did not could get
 * one only by becoming another program with it, which is what shims do before they are looked for.
 */
export function rememberEnvironments(platform: Platform): Platform {
  const values = new Map<string, string | undefined>();
  const forgetEnded = (table: readonly ProcessEntry[]): void => {
    if (values.size < 2 * table.length + 100) return;
    const living = new Set(table.map(keyOf));
    for (const key of values.keys())
      if (!living.has(key.slice(0, key.indexOf("=")))) values.delete(key);
  };
  return {
    ...platform,
    processes() {
      const table = platform.processes();
      forgetEnded(table);
      return table;
    },
    environmentValue(process, name) {
      const key = `${keyOf(process)}=${name}`;
      const known = values.get(key);
      if (known !== undefined || values.has(key)) return known;
      const value = platform.environmentValue(process, name);
      values.set(key, value);
      return value;
    },
  };
}

/** Reading the table takes some milliseconds, and many services are often handled at once. */
const GLANCE_MS = 10;

/** The same, with a process table that may be 10 ms old: for those who look again anyway. */
export function glancing(platform: Platform, clock: Clock): Platform {
  let table: readonly ProcessEntry[] = [];
  let readAtMs = -Infinity;
  return {
    ...platform,
    processes() {
      const nowMs = clock.now();
      if (nowMs < readAtMs || nowMs - readAtMs > GLANCE_MS) {
        table = platform.processes();
        readAtMs = clock.now();
      }
      return table;
    },
  };
}

function keyOf({ pid, start }: ProcessId): string {
  return `${pid} ${start}`;
}
