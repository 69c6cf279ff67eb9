import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import { appendHistory } from "../files/history.ts";
import { servicePaths } from "../files/layout.ts";
import { isDiskFull } from "../files/disk-full.ts";
import type { Meta } from "../files/meta.ts";
import { writeMeta } from "../files/store.ts";
import { isAlive, type ProcessId } from "../platform/platform.ts";
import type { Exit } from "../supervise/restart-policy.ts";
import { endTree } from "./end-tree.ts";
import { livingProcesses, seedOf } from "./leftovers.ts";
import { noteEnd } from "./note-end.ts";
import { observe } from "./observe.ts";
import type { Parts } from "./parts.ts";
import { named, type NamedProcess, type PortHolder, portHolder } from "./port-holder.ts";

/** How to stop. */
export interface StopOptions {
  /** What asks the processes to end. Default: the service's own. */
  readonly signal?: NodeJS.Signals;
  /** How long they may take before they are killed; 0: kill at once. Default: the service's own. */
  readonly timeoutMs?: number;
  /** Who asks for it, for the history. Default: that of `openServices`. */
  readonly by?: string;
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

/** How a stop is meant. */
export interface StopMeaning extends StopOptions {
  /** Whether it is to stay stopped; else another run follows. */
  readonly forGood: boolean;
  /** Whether the service is removed next, so that nothing has to be written of it. */
  readonly forRemoval?: boolean;
}

/** What a stop came to, and what is written of the service, or is to be written with its next run. */
export interface StopResult {
  readonly stopped: Stopped;
  readonly meta: Meta;
}

/**
 * Ends every process of the last run. The caller holds the lock.
 * @throws TetraError `NOT_RUNNING` when nothing ran and nothing was wanted to.
 */
export async function stop(parts: Parts, meta: Meta, meaning: StopMeaning): Promise<StopResult> {
  const { platform, scan, clock } = parts;
  const { signal = meta.stop_signal, timeoutMs = meta.stop_timeout_ms } = meaning;
  const { forGood, forRemoval = false, by } = meaning;
  const seed = seedOf(parts, meta);
  const lives = [seed.shim, seed.main].some((one) => one !== undefined && isAlive(platform, one));
  const found = lives ? [] : await livingProcesses(parts, meta);
  const isUp = lives || found.length > 0;
  if (!isUp && meta.desired === "stopped") throw notRunning(meta);

  const before = noteEnd(parts, meta, observe(parts, meta, { holdsLock: true }));
  const wanted: Meta = forGood ? { ...before, desired: "stopped" } : before;
  if (!isUp) {
    if (forGood && !forRemoval) await writeMeta(parts, wanted);
    return resultOf(parts, wanted, { outcome: "was-down", survivors: [] });
  }
  const marked: Meta = { ...wanted, stopped_generation: meta.generation };
  // before the first signal: an end that was asked for is no crash. What fills the disk is ended all the same
  await writeMeta(parts, marked).catch((error: unknown) => {
    if (!forGood || !isDiskFull(error)) throw error;
  });
  const ended = await endTree({ platform, scan, clock, seed, signal, timeoutMs, found });
  if (ended.survivors.length > 0) return resultOf(parts, marked, ended);

  const over = { ...marked, status: "stopped", stop_time: clock.now() / 1000 };
  const noted = noteEnd(parts, over, observe(parts, marked, { holdsLock: true }));
  if (forGood) {
    if (!forRemoval) await writeEnded(parts, noted); // else the next run does
    removePid(parts, meta.name);
    const { name, tsm_id: id, generation } = meta;
    const { outcome } = ended;
    appendHistory(parts, { event: "stopped", name, id, generation, outcome, by });
  }
  return resultOf(parts, noted, ended);
}

/** @throws TetraError `STORE_UNWRITABLE` when there is no room: a supervisor will not know that it is to stay stopped */
async function writeEnded(parts: Parts, meta: Meta): Promise<void> {
  try {
    await writeMeta(parts, meta);
  } catch (error) {
    if (!isDiskFull(error) || !(error instanceof Error)) throw error;
    const { name } = meta;
    throw new TetraError<TsmErrorCode>(
      "STORE_UNWRITABLE",
      `${name} has ended, which could not be written down: ${error.message}`,
      { hint: "make room, and stop it again", details: { name }, cause: error },
    );
  }
}

function removePid({ fs, layout }: Parts, name: string): void {
  const { pid } = servicePaths(layout, name);
  if (fs.stat(pid) !== undefined) fs.removeFile(pid);
}

function resultOf(parts: Parts, meta: Meta, ended: OutcomeOfEnding): StopResult {
  const { platform } = parts;
  const { exit, main } = observe(parts, meta, { holdsLock: true });
  const stopped: Stopped = {
    outcome: ended.outcome,
    exit: main === undefined ? exit : undefined,
    survivors: named(platform, ended.survivors),
    portHolder: meta.port === undefined ? undefined : portHolder(platform, meta.port, []),
  };
  return { stopped, meta };
}

interface OutcomeOfEnding {
  readonly outcome: Stopped["outcome"];
  readonly survivors: readonly ProcessId[];
}

function notRunning({ name, tsm_id: id }: Meta): TetraError<TsmErrorCode> {
  return new TetraError("NOT_RUNNING", `${name} does not run`, {
    hint: "start it first",
    details: { name, id },
  });
}
