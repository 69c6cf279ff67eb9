import type { Platform, ProcessEntry } from "../platform/platform.ts";
import { sampleUsage, type UsageSample } from "./usage.ts";
import type { TreeSeed } from "./tree.ts";

/** A run whose use is asked for. */
export interface UsageQuestion extends Pick<TreeSeed, "shim" | "main" | "cookie"> {
  readonly name: string;
}

/**
 * Looks at several runs with one reading of the process table, of which each is shown only what could be
 * its own: the cost for each is that of its processes, not of the machine's.
 */
export function usageOfAll(
  platform: Platform,
  atMs: number,
  questions: readonly UsageQuestion[],
): ReadonlyMap<string, UsageSample> {
  const table = platform.processes();
  const relatives = relativesIn(table);
  return new Map(
    questions.map(({ name, ...seed }) => {
      const nearby = { ...platform, processes: () => relatives(seed) };
      return [name, sampleUsage(nearby, atMs, seed)];
    }),
  );
}

/** Who has one of some processes as parent, leader of its session, or of its group; and so on. */
function relativesIn(
  table: readonly ProcessEntry[],
): (seed: Pick<TreeSeed, "shim" | "main">) => readonly ProcessEntry[] {
  const byPid = new Map<number, ProcessEntry>();
  const below = new Map<number, ProcessEntry[]>();
  for (const entry of table) {
    byPid.set(entry.pid, entry);
    for (const leader of new Set([entry.parent, entry.session, entry.group])) {
      const known = below.get(leader);
      if (known === undefined) below.set(leader, [entry]);
      else known.push(entry);
    }
  }
  return ({ shim, main }) => {
    const found = new Set<ProcessEntry>();
    const leaders = new Set<number>();
    const session = main === undefined ? undefined : byPid.get(main.pid)?.session;
    for (const pid of [shim?.pid, main?.pid, session]) {
      if (pid === undefined) continue;
      leaders.add(pid);
      const entry = byPid.get(pid);
      if (entry !== undefined) found.add(entry);
    }
    // what is added while going through a set is gone through, too
    for (const leader of leaders) {
      for (const entry of below.get(leader) ?? []) {
        found.add(entry);
        leaders.add(entry.pid);
      }
    }
    return [...found];
  };
}
