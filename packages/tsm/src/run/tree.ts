import { isAlive, type Platform, type ProcessEntry, type ProcessId } from "../platform/platform.ts";
import { COOKIE } from "./shim.ts";

/** What is known of a run's processes before looking. */
export interface TreeSeed {
  readonly shim: ProcessId | undefined;
  readonly main: ProcessId | undefined;
  /** `""`: none was given, as with services of other tools. */
  readonly cookie: string;
  /** Processes that were found before; they may have lost every other mark since. */
  readonly seen?: readonly ProcessId[];
  /** Whether to look for the cookie in every environment. Costs a file read for each process. */
  readonly carriers: boolean;
}

/**
 * The processes of a run but for the shim, parents before children: the command, its descendants, those
 * in the shim's session or in a session or group that one of them leads, those seen before, and carriers
 * of the cookie. Processes that carry another service's cookie are not ours, whoever started them; nor
 * is the process that asks.
 */
export function findTree(
  platform: Platform,
  processes: readonly ProcessEntry[],
  seed: TreeSeed,
): readonly ProcessEntry[] {
  const { shim, main, cookie, seen = [], carriers } = seed;
  const table = processes.filter(({ state }) => state !== "zombie");
  const byPid = new Map(table.map((entry) => [entry.pid, entry]));
  const find = (id: ProcessId | undefined): ProcessEntry | undefined => {
    const entry = id === undefined ? undefined : byPid.get(id.pid);
    return entry?.start === id?.start ? entry : undefined;
  };
  const cookieOf = (entry: ProcessEntry): string | undefined =>
    platform.environmentValue(entry, COOKIE);

  const found = new Map<number, ProcessEntry>();
  const add = (entry: ProcessEntry | undefined): void => {
    if (entry === undefined || entry.pid === process.pid) return;
    found.set(entry.pid, entry);
  };
  for (const id of [main, ...seen]) add(find(id));
  const shimEntry = find(shim);
  if (carriers && cookie !== "") {
    for (const entry of table) {
      // what is older than the shim was not started by it, and need not be read
      if (shim !== undefined && platform.isOlder(entry, shim)) continue;
      if (cookieOf(entry) === cookie) add(entry);
    }
  }
  if (shim !== undefined) found.delete(shim.pid);

  // a session outlives its leader, and its number stays taken as long as one of ours is in it
  const session =
    shimEntry?.pid ?? [...found.values()].find((entry) => entry.session === shim?.pid)?.session;
  const leads = (pid: number): boolean => found.has(pid) && byPid.has(pid);
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const entry of table) {
      if (found.has(entry.pid) || entry.pid === shim?.pid) continue;
      const isNear =
        entry.session === session ||
        leads(entry.parent) ||
        entry.parent === shimEntry?.pid ||
        leads(entry.session) ||
        leads(entry.group);
      if (!isNear) continue;
      const theirs = cookieOf(entry);
      if (theirs === undefined || theirs === cookie) add(entry);
    }
  }
  return parentsFirst(found);
}

/**
 * Processes that live, of those given, and their descendants, ancestors first: what is found without
 * looking at the processes of the whole machine. `undefined` where the system cannot tell.
 */
export function findDescendants(
  platform: Platform,
  roots: readonly ProcessId[],
  cookie: string,
): readonly ProcessEntry[] | undefined {
  const found = new Map<number, ProcessEntry>();
  const add = (entry: ProcessEntry | undefined): void => {
    if (entry === undefined || entry.state === "zombie" || entry.pid === process.pid) return;
    found.set(entry.pid, entry);
  };
  for (const root of roots) if (isAlive(platform, root)) add(platform.process(root.pid));
  // what is added while going through a map is gone through, too
  for (const { pid } of found.values()) {
    const children = platform.children(pid);
    if (children === undefined) return undefined;
    for (const child of children) {
      const entry = found.has(child) ? undefined : platform.process(child);
      if (entry?.parent !== pid) continue;
      const theirs = platform.environmentValue(entry, COOKIE);
      if (theirs === undefined || theirs === cookie) add(entry);
    }
  }
  return [...found.values()];
}

function parentsFirst(found: ReadonlyMap<number, ProcessEntry>): readonly ProcessEntry[] {
  const depth = ({ parent }: ProcessEntry): number => {
    let levels = 0;
    for (let above = found.get(parent); above !== undefined; above = found.get(above.parent)) {
      levels += 1;
      if (levels > found.size) break; // a pid was used again while the table was read
    }
    return levels;
  };
  return [...found.values()]
    .map((entry) => ({ entry, depth: depth(entry) }))
    .toSorted((a, b) => a.depth - b.depth || a.entry.pid - b.entry.pid)
    .map(({ entry }) => entry);
}
