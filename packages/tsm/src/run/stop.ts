import { TetraError } from "@tetra/errors";
import type { Clock } from "../clock.ts";
import type { TsmErrorCode } from "../errors.ts";
import { servicePaths } from "../files/layout.ts";
import type { Meta } from "../files/meta.ts";
import { writeMeta } from "../files/store.ts";
import { isAlive, type Platform, type ProcessId, signalProcess } from "../platform/platform.ts";
import type { Exit } from "../supervise/restart-policy.ts";
import { seedOf } from "./leftovers.ts";
import { observe } from "./observe.ts";
import type { Parts } from "./parts.ts";
import { named, type NamedProcess, type PortHolder, portHolder } from "./port-holder.ts";
import { findTree, type TreeSeed } from "./tree.ts";

/** How to stop. */
export interface StopOptions {
  /** What asks the processes to end. Default: the service's own. */
  readonly signal?: NodeJS.Signals;
  /** How long they may take before they are killed; 0: kill at once. Default: the service's own. */
  readonly timeoutMs?: number;
}

/** What a stop came to. */
export interface Stopped {
  /**
   * `ended`: everything ended when asked; `killed`: some had to be killed; `was-down`: nothing ran, and
   * now nothing is wanted to; `survived`: some live on.
   */
  readonly outcome: "ended" | "killed" | "was-down" | "survived";
  /** How the command ended. */
  readonly exit: Exit | undefined;
  /** What lives on: another user's process, or one that the kernel does not let go. */
  readonly survivors: readonly NamedProcess[];
  /** Who has the service's port now: none of the processes that could be found. */
  readonly portHolder: PortHolder | undefined;
}

/**
 * Ends every process of the last run. The caller holds the lock.
 * @throws TetraError `NOT_RUNNING` when nothing ran and nothing was wanted to.
 */
export async function stop(parts: Parts, meta: Meta, options: StopOptions = {}): Promise<Stopped> {
  const { platform, clock } = parts;
  const seed = seedOf(parts, meta);
  const shimLives = seed.shim !== undefined && isAlive(platform, seed.shim);
  const isUp = shimLives || treeOf(platform, seed).length > 0;
  if (!isUp && meta.desired === "stopped") throw notRunning(meta);

  const wanted: Meta = { ...meta, desired: "stopped" };
  const marked = isUp ? { ...wanted, stopped_generation: meta.generation } : wanted;
  writeMeta(parts, marked); // before the first signal: an end that was asked for is no crash
  const { signal = meta.stop_signal, timeoutMs = meta.stop_timeout_ms } = options;
  const ending = isUp
    ? await endTree({ platform, glance: parts.glance, clock, seed, signal, timeoutMs })
    : ({ outcome: "was-down", survivors: [] } as const);

  const { exit, main } = observe(parts, marked, { holdsLock: true });
  if (ending.survivors.length === 0) {
    const status = exit !== undefined && !isUp ? meta.status : "stopped";
    writeMeta(parts, { ...marked, status, stop_time: clock.now() / 1000 });
    const { pid } = servicePaths(parts.layout, meta.name);
    if (parts.fs.stat(pid) !== undefined) parts.fs.removeFile(pid);
  }
  return {
    outcome: ending.outcome,
    exit: main === undefined ? exit : undefined,
    survivors: named(platform, ending.survivors),
    portHolder: meta.port === undefined ? undefined : portHolder(platform, meta.port, []),
  };
}

function notRunning({ name, tsm_id: id }: Meta): TetraError<TsmErrorCode> {
  return new TetraError("NOT_RUNNING", `${name} does not run`, {
    hint: "start it first",
    details: { name, id },
  });
}

/** What ending takes. */
export interface Ending {
  readonly platform: Platform;
  /** The same with a process table that may be a little old. */
  readonly glance: Platform;
  readonly clock: Clock;
  readonly seed: Omit<TreeSeed, "seen">;
  readonly signal: NodeJS.Signals;
  readonly timeoutMs: number;
}

/** What ending came to. */
export interface Ended {
  readonly outcome: "ended" | "killed" | "survived";
  readonly survivors: readonly ProcessId[];
}

const FIRST_LOOK_MS = 3;
const LONGEST_LOOK_MS = 50;
/** How long killing may take: a process that waits for a disk dies when the disk answers. */
const KILL_MS = 3000;
/** How long the shim may take to note the end, unless it is stopped or the disk is full. */
const SHIM_MS = 2000;

/**
 * Asks every process of a tree to end, those that appear meanwhile too, each once; then kills what is
 * left. The shim is not signalled: it notes how the command ended, and ends.
 */
export async function endTree(ending: Ending): Promise<Ended> {
  const { platform, glance, clock, seed, signal, timeoutMs } = ending;
  const known = new Map<string, ProcessId>();
  const asked = new Set<string>();
  // parents first: a script whose command dies before it would go on with its next one
  const look = (table: Platform): readonly ProcessId[] => {
    const tree = findTree(table, { ...seed, seen: [...known.values()] });
    for (const entry of tree) known.set(keyOf(entry), entry);
    return tree;
  };
  const untilGone = async (limitMs: number, act: (tree: readonly ProcessId[]) => void) => {
    const giveUpMs = clock.now() + limitMs;
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_LOOK_MS)) {
      const seen = look(glance);
      const tree = seen.length === 0 ? look(platform) : seen;
      if (tree.length === 0 || clock.now() >= giveUpMs) return tree;
      act(tree);
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
    left = await untilGone(KILL_MS, (tree) => {
      // stopped first, so that none can start others while some are killed already
      for (const entry of tree) signalProcess(platform, entry, "SIGSTOP");
      for (const entry of look(platform)) signalProcess(platform, entry, "SIGKILL");
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

function treeOf(platform: Platform, seed: Omit<TreeSeed, "seen">): readonly ProcessId[] {
  return seed.main === undefined && !seed.carriers ? [] : findTree(platform, seed);
}
