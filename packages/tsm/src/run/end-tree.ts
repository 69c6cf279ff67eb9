import type { Clock } from "../clock.ts";
import { isAlive, type Platform, type ProcessId, signalProcess } from "../platform/platform.ts";
import type { Scan } from "../platform/shared-scan.ts";
import { findDescendants, findTree, type TreeSeed } from "./tree.ts";

/** What ending takes. */
export interface Ending {
  readonly platform: Platform;
  readonly scan: Scan;
  readonly clock: Clock;
  readonly seed: Omit<TreeSeed, "seen">;
  readonly signal: NodeJS.Signals;
  readonly timeoutMs: number;
  /** What was found already. */
  readonly found?: readonly ProcessId[];
}

/** What ending came to. */
export interface Ended {
  readonly outcome: "ended" | "killed" | "survived";
  readonly survivors: readonly ProcessId[];
}

const FIRST_LOOK_MS = 1;
const LONGEST_LOOK_MS = 50;
/** How long killing may take: a process that waits for a disk dies when the disk answers. */
const KILL_MS = 3000;
/** How long the shim may take to note the end, unless it is stopped or the disk is full. */
const SHIM_MS = 2000;

/**
 * Asks every process of a tree to end, those that appear meanwhile too, each once; then kills what is
 * left. The shim is not signalled: it notes how the command ended, and ends.
 *
 * The command and its descendants are looked at often; all processes of the machine only when none of
 * those is left, to find what has left the family.
 */
export async function endTree(ending: Ending): Promise<Ended> {
  const { platform, scan, clock, seed, signal, timeoutMs, found = [] } = ending;
  const known = new Map(found.map((entry) => [keyOf(entry), entry]));
  const asked = new Set<string>();
  const remember = <Found extends readonly ProcessId[]>(tree: Found): Found => {
    for (const entry of tree) known.set(keyOf(entry), entry);
    return tree;
  };
  const lookEverywhere = async (): Promise<readonly ProcessId[]> =>
    // parents first: a script whose command dies before it would go on with its next one
    remember(findTree(platform, await scan(), { ...seed, seen: [...known.values()] }));
  const lookNearby = (): readonly ProcessId[] | undefined => {
    const roots = seed.main === undefined ? [] : [seed.main];
    const near = findDescendants(platform, [...roots, ...known.values()], seed.cookie);
    return near === undefined || near.length === 0 ? undefined : remember(near);
  };
  const untilGone = async (
    limitMs: number,
    act: (tree: readonly ProcessId[]) => void | Promise<void>,
  ): Promise<readonly ProcessId[]> => {
    const giveUpMs = clock.now() + limitMs;
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_LOOK_MS)) {
      const tree = lookNearby() ?? (await lookEverywhere());
      if (tree.length === 0 || clock.now() >= giveUpMs) return tree;
      await act(tree);
      await clock.sleep(Math.max(1, Math.min(waitMs, giveUpMs - clock.now())));
    }
  };

  let left = await untilGone(timeoutMs, (tree) => {
    for (const entry of tree) {
      if (asked.has(keyOf(entry))) continue;
      asked.add(keyOf(entry));
      signalProcess(platform, entry, signal);
      // what was stopped hears of the signal when it goes on
      if (signal !== "SIGKILL") signalProcess(platform, entry, "SIGCONT");
    }
  });
  const isKilled = left.length > 0;
  if (isKilled) {
    left = await untilGone(KILL_MS, async (tree) => {
      // stopped first, so that none can start others while some are killed already
      for (const entry of tree) signalProcess(platform, entry, "SIGSTOP");
      for (const entry of await lookEverywhere()) signalProcess(platform, entry, "SIGKILL");
    });
  }
  if (left.length > 0) return { outcome: "survived", survivors: left };
  await endShim(ending);
  return { outcome: isKilled ? "killed" : "ended", survivors: [] };
}

async function endShim({ platform, clock, seed: { shim } }: Ending): Promise<void> {
  if (shim === undefined) return;
  const giveUpMs = clock.now() + SHIM_MS;
  while (isAlive(platform, shim)) {
    if (clock.now() >= giveUpMs) signalProcess(platform, shim, "SIGKILL");
    await clock.sleep(FIRST_LOOK_MS);
  }
}

function keyOf({ pid, start }: ProcessId): string {
  return `${pid} ${start}`;
}
