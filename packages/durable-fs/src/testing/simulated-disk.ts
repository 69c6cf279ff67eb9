import type { FileSystem } from "../file-system.ts";
import type { FolderImage } from "./image.ts";
import { Machine, type Operation, type Plan } from "./machine.ts";
import { type PowerCutOptions, surviving } from "./power-cut.ts";
import { seededRandom } from "./seeded-random.ts";
import { processFileSystem } from "./simulated-process.ts";
import { Storage } from "./storage.ts";
import { Survivors } from "./survivor.ts";

/** The process that {@link SimulatedDisk.fs} gives when none is named. */
const MAIN = "main";
/** 2023-11-14: any fixed day will do. */
const EPOCH_MS = 1_700_000_000_000;

/** How a {@link SimulatedDisk} differs from a healthy one. */
export interface SimulatedDiskOptions {
  /** Milliseconds since the epoch, for file times. Default: a clock that moves 1 ms per change. */
  readonly nowMs?: () => number;
  /** With a seed, writes take a random part of what they are given, at least one byte. */
  readonly shortWrites?: number;
  /** What each asynchronous operation waits for before it takes effect. Default: `setImmediate`. */
  readonly pause?: () => Promise<void>;
}

/**
 * A disk in memory, the machine above it, and everything that can go wrong with both. It starts with an
 * empty folder `/`. See `DESIGN.md` beside the source for the model.
 */
export interface SimulatedDisk {
  /** The file system as a process sees it; a name always means the same process. Default `main`. */
  fs(process?: string): FileSystem;
  /**
   * Stops a process as SIGKILL does: descriptors closed, locks dropped, what it wrote stays in the page
   * cache. Whatever it calls or awaits from then on throws `SimulatedCrash`.
   */
  kill(process?: string): void;

  /** Every call so far, in order: the index of an operation is its place here. */
  readonly trace: readonly Operation[];
  /**
   * Stops the process that makes operation `index`, before it takes effect; if it is a write and `torn`
   * is given, after so many of its bytes.
   */
  crashAt(index: number, torn?: number): void;
  /** Makes operation `index` fail with an error code, such as `EIO`. */
  failAt(index: number, code: string): void;
  /** Asks before each operation whether it shall fail; `undefined` ends that. */
  failWhen(decide: ((operation: Operation) => string | undefined) | undefined): void;
  /**
   * How many more bytes of data fit. A write that does not fit takes what fits and says so, without an
   * error; one that can take nothing throws `ENOSPC`. Default: no limit.
   */
  freeBytes: number;

  /**
   * The distinct disks that a power cut could leave now, everything on them durable, nothing running.
   * This disk must not change while they are enumerated.
   */
  powerCuts(options?: PowerCutOptions): Iterable<SimulatedDisk>;
  /** How this disk came to be, one change per line with what the power cut did to it. For messages. */
  story(): string;
  /** A disk with the same tree, as if all had been flushed; this one is not changed. */
  clone(): SimulatedDisk;
  /** Equal for trees with equal names, kinds and bytes. */
  fingerprint(): string;
}

/** Makes an empty disk. */
export function simulatedDisk(options: SimulatedDiskOptions = {}): SimulatedDisk {
  let now = EPOCH_MS;
  const ticking = (): number => {
    now += 1;
    return now;
  };
  return diskOn(new Storage(options.nowMs ?? ticking), options, () => "a new disk");
}

function diskOn(
  storage: Storage,
  options: SimulatedDiskOptions,
  story: () => string,
): SimulatedDisk {
  const plan: Plan = {
    crashAt: undefined,
    torn: undefined,
    failures: new Map(),
    failWhen: undefined,
    shorten: shortener(options.shortWrites),
    pause: options.pause ?? nextTurn,
  };
  const machine = new Machine(storage, plan);
  const thawed = (root: FolderImage): Storage => new Storage(storage.nowMs, storage.frozen(root));

  return {
    fs: (process = MAIN) => processFileSystem(machine, machine.process(process)),
    kill: (process = MAIN) => machine.kill(machine.process(process)),
    trace: machine.trace,
    crashAt(index, torn) {
      plan.crashAt = index;
      plan.torn = torn;
    },
    failAt(index, code) {
      plan.failures.set(index, code);
    },
    failWhen(decide) {
      plan.failWhen = decide;
    },
    get freeBytes() {
      return storage.freeBytes;
    },
    set freeBytes(bytes) {
      storage.freeBytes = bytes;
    },
    *powerCuts(cuts) {
      for (const survivor of surviving(storage, cuts)) {
        yield diskOn(thawed(survivor.root), options, survivor.story);
      }
    },
    story,
    clone: () => diskOn(thawed(new Survivors(storage).current()), options, story),
    fingerprint: () => new Survivors(storage).current().fingerprint,
  };
}

function shortener(seed: number | undefined): (length: number) => number {
  if (seed === undefined) return (length) => length;
  const random = seededRandom(seed);
  return (length) => 1 + Math.floor(random() * length);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
