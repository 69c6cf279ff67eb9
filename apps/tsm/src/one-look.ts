import { type Platform, type ProcessEntry, systemPlatform } from "@tetra/tsm";

/** This machine, as it is looked at once, and again after `forget`. */
export interface OneLook extends Platform {
  /** What was seen is old now. */
  forget(): void;
}

/** What one look saw. */
interface Seen {
  readonly table: readonly ProcessEntry[];
  readonly byPid: ReadonlyMap<number, ProcessEntry>;
  /** What the stamp 0 is in milliseconds since the epoch. */
  readonly zeroMs: number;
}

/**
 * The process table is read once for everything that one look asks, not once per service. What is in it
 * lived a moment ago, which is all that can be said of a process anyway; what is not is asked for, because
 * it may have begun since.
 */
export function oneLook(platform: Platform = systemPlatform()): OneLook {
  let seen: Seen | undefined;

  function look(): Seen {
    if (seen === undefined) {
      const table = platform.processes();
      const byPid = new Map(table.map((entry) => [entry.pid, entry]));
      seen = { table, byPid, zeroMs: platform.stampAtMs(0) };
    }
    return seen;
  }

  return {
    ...platform,
    processes: () => look().table,
    process: (pid) => look().byPid.get(pid) ?? platform.process(pid),
    stampAtMs: (up) => look().zeroMs + up * 1000,
    forget() {
      seen = undefined;
    },
  };
}
