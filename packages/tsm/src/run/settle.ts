import type { Clock } from "../clock.ts";
import type { Platform, ProcessId } from "../platform/platform.ts";
import type { Observed } from "./observe.ts";
import { findTree } from "./tree.ts";

/** What settling looks at. */
export interface Settling {
  readonly platform: Platform;
  readonly clock: Clock;
  /** The mark of the run. */
  readonly cookie: string;
  /** The port it should listen on, if one is known. */
  readonly port: number | undefined;
  /** Looks at the run again. */
  readonly look: () => Observed;
}

/** What came of a start. */
export interface Settled {
  readonly observed: Observed;
  /** The processes of the run when it had settled. */
  readonly tree: readonly ProcessId[];
  /** Whether one of them listens on the port; `undefined` without a port. */
  readonly isListening: boolean | undefined;
}

const LOOK_MS = 4;
/** So many looks in a row must find every thread of every process waiting. */
const QUIET_LOOKS = 4;
/** A command that computes for this long runs: the wait of the original. */
const BUSY_MS = 500;
/** A port that is not opened by then may be, later. */
const LISTENING_MS = 1000;
/** How long a shim may take to run its command, on a very busy machine. */
const SHIM_MS = 30_000;

/**
 * Waits until a start has come to something: it has ended; or it runs and has nothing to do for a
 * moment, and listens on its port where it has one. What dies over its own start (a missing module, a
 * port that is taken) is busy until then, so nearly all of it is seen, and a quick service is not kept
 * waiting for what a slow one needs.
 */
export async function settle({ platform, clock, cookie, port, look }: Settling): Promise<Settled> {
  const beganMs = clock.now();
  let runsSinceMs: number | undefined;
  let quiet = 0;
  for (;;) {
    const observed = look();
    const { main, shim } = observed;
    if (observed.state !== "online" || main === undefined) {
      const hasEnded = observed.state === "crashed" || observed.state === "stopped";
      if (hasEnded || clock.now() - beganMs > SHIM_MS)
        return { observed, tree: [], isListening: false };
      await clock.sleep(LOOK_MS / 2);
      continue;
    }
    runsSinceMs ??= clock.now();
    const isOver = clock.now() - runsSinceMs > (port === undefined ? BUSY_MS : LISTENING_MS);
    quiet = platform.isBusy(main.pid) ? 0 : quiet + 1;
    // the rest of the tree costs a look at all processes
    if (isOver || port !== undefined || quiet >= QUIET_LOOKS) {
      const tree = findTree(platform, { shim, main, cookie, carriers: false });
      const isListening = port === undefined ? undefined : listens(platform, port, tree);
      if (tree.some(({ pid }) => platform.isBusy(pid))) quiet = 0;
      const isReady = port === undefined ? quiet > 0 : isListening === true;
      if (isReady || isOver) return { observed, tree, isListening };
    }
    await clock.sleep(LOOK_MS);
  }
}

function listens(platform: Platform, port: number, tree: readonly ProcessId[]): boolean {
  const pids = new Set<number | undefined>(tree.map(({ pid }) => pid));
  return platform.listeners(port).some(({ pid }) => pids.has(pid));
}
