import type { Clock } from "../clock.ts";
import { isAlive, type Platform, type ProcessId } from "../platform/platform.ts";
import type { Scan } from "../platform/shared-scan.ts";
import { isOver, type Observed } from "./observe.ts";
import { findDescendants, findTree } from "./tree.ts";

/** What settling looks at. */
export interface Settling {
  readonly platform: Platform;
  readonly scan: Scan;
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

const LOOK_MS = 2;
const LONGEST_LOOK_MS = 20;
/** So many looks in a row must find every thread of every process waiting. */
const QUIET_LOOKS = 4;
/** A command that computes for this long runs: the wait of the original. */
const BUSY_MS = 500;
/** A port that is not opened by then may be, later. */
const LISTENING_MS = 1000;

/**
 * Waits until a command that runs has come to something: it has ended; or it has nothing to do for a
 * moment, and listens on its port where it has one. What dies over its own start (a missing module, a
 * port that is taken) is busy until then, so nearly all of it is seen, and a quick service is not kept
 * waiting for what a slow one needs.
 */
export async function settle(first: Observed, settling: Settling): Promise<Settled> {
  const { platform, scan, clock, cookie, port, look } = settling;
  const { main, shim } = first;
  if (main === undefined) return { observed: first, tree: [], isListening: false };

  const sinceMs = clock.now();
  let quiet = 0;
  for (;;) {
    if (!isAlive(platform, main)) {
      const observed = look();
      if (isOver(observed.state)) return { observed, tree: [], isListening: false };
      await clock.sleep(LOOK_MS); // its shim will have noted the end
      continue;
    }
    const waitedMs = clock.now() - sinceMs;
    const hasWaited = waitedMs > (port === undefined ? BUSY_MS : LISTENING_MS);
    quiet = platform.isBusy(main.pid) ? 0 : quiet + 1;
    if (hasWaited || port !== undefined || quiet >= QUIET_LOOKS) {
      const near = findDescendants(platform, [main], cookie);
      const tree =
        near ?? findTree(platform, await scan(), { shim, main, cookie, carriers: false });
      const pids = tree.map(({ pid }) => pid);
      const isListening = port === undefined ? undefined : platform.listensOn(port, pids);
      if (pids.some((pid) => platform.isBusy(pid))) quiet = 0;
      const isReady = port === undefined ? quiet > 0 : isListening === true;
      if (isReady || hasWaited) return { observed: look(), tree, isListening };
    }
    const isLong = port !== undefined || quiet === 0;
    const longMs = Math.min(Math.max(waitedMs / 8, LOOK_MS), LONGEST_LOOK_MS);
    await clock.sleep(isLong ? longMs : LOOK_MS);
  }
}
