import { isLocked } from "../files/service-lock.ts";
import { parseRun, readRun, type Run } from "../files/journal.ts";
import { servicePaths } from "../files/layout.ts";
import type { Meta } from "../files/meta.ts";
import { isAlive, type Platform, type ProcessId } from "../platform/platform.ts";
import { type Exit, isSuccess } from "../supervise/restart-policy.ts";
import type { Parts } from "./parts.ts";

/** What a service is at this moment. */
export type ServiceState = "online" | "starting" | "stopping" | "stopped" | "crashed";

/** What is known of a service's last run. */
export interface Observed {
  readonly state: ServiceState;
  /** The command's process, while it lives. */
  readonly main?: ProcessId;
  /** The shim, while it lives. */
  readonly shim?: ProcessId;
  /** The command runs and its shim does not: how it ends will not be known. */
  readonly shimLost: boolean;
  /** When the command began, in milliseconds since the epoch. */
  readonly startedAtMs?: number;
  /** When it ended, if that was seen in this boot. */
  readonly endedAtMs?: number;
  /** How it ended, once it has. */
  readonly exit?: Exit;
}

/** What to judge by: everything that reading gave. */
export interface Evidence {
  readonly meta: Pick<
    Meta,
    "generation" | "stopped_generation" | "ready_generation" | "desired" | "restart_policy" | "care"
  >;
  readonly run: Run;
  /** Whether the run was begun in this boot of the machine. */
  readonly isThisBoot: boolean;
  readonly shimLives: boolean;
  readonly mainLives: boolean;
  /** Whether somebody acts on the service; asked only when there is nothing else to go by. */
  readonly isLocked: () => boolean;
}

/** Whether a state is that of a run that is over. */
export function isOver(state: ServiceState): boolean {
  return state === "stopped" || state === "crashed";
}

/** What nobody saw, and why. */
export const UNSEEN = {
  reboot: "the machine was restarted while it ran",
  shimKilled: "its shim was killed, so nobody saw how it ended",
  shimKilledEarly: "its shim was killed before it ran the command",
  interrupted: "its start was interrupted before the command ran",
  foreign: "it was started by another tool, which does not note how services end",
} as const;

/** The state and, once it has ended, how. */
export function judge(evidence: Evidence): { readonly state: ServiceState; readonly exit?: Exit } {
  const { meta, run, isThisBoot, shimLives, mainLives } = evidence;
  const isTold = meta.desired === "stopped" || meta.stopped_generation === meta.generation;
  const unseen = (reason: string): Exit => ({ code: null, signal: null, reason });
  const over = (exit: Exit): { readonly state: ServiceState; readonly exit: Exit } => {
    const isWanted = meta.stopped_generation === meta.generation;
    const isGood = isWanted || isSuccess(meta.restart_policy, exit);
    return { state: isGood ? "stopped" : "crashed", exit };
  };

  if (run.ended !== undefined) return over(run.ended.exit);
  if (!isThisBoot) return over(unseen(UNSEEN.reboot));
  if (mainLives) return { state: isTold ? "stopping" : isReady(meta) ? "online" : "starting" };
  if (run.main !== undefined) {
    return shimLives ? { state: "stopping" } : over(unseen(UNSEEN.shimKilled));
  }
  if (shimLives) return { state: isTold ? "stopping" : "starting" };
  if (run.shim !== undefined) return over(unseen(UNSEEN.shimKilledEarly));
  return evidence.isLocked() ? { state: "starting" } : over(unseen(UNSEEN.interrupted));
}

function isReady({ care, ready_generation: ready, generation }: Evidence["meta"]): boolean {
  return care.ready === undefined || ready === generation;
}

/** The journal, and who of those it names lives. */
interface Look {
  readonly run: Run;
  readonly shim: boolean;
  readonly main: boolean;
}

function isSameRun(a: Run, b: Run): boolean {
  return a.shim?.pid === b.shim?.pid && a.main?.pid === b.main?.pid && !a.ended === !b.ended;
}

/** What is known before looking. */
export interface LookOptions {
  /** Whether the caller holds the service's lock: then nobody else is starting it. */
  readonly holdsLock?: boolean;
  /** The journal as it was read after `meta`; absent: it is read. */
  readonly journal?: string | undefined;
}

/** Looks what is there now. Changes nothing, waits for nobody. */
export function observe(
  parts: Parts,
  meta: Meta,
  { holdsLock = false, journal }: LookOptions = {},
): Observed {
  if (meta.generation === 0) return observeForeign(parts, meta);
  const { fs, layout, platform } = parts;
  const paths = servicePaths(layout, meta.name);
  const isThisBoot = meta.boot_id === platform.bootId();
  const lives = (process: ProcessId | undefined): boolean =>
    isThisBoot && process !== undefined && isAlive(platform, process);
  const id = { generation: meta.generation, bootId: meta.boot_id };
  const look = (before?: string): Look => {
    let run = before === undefined ? readRun(fs, paths.journal, id) : parseRun(before, id);
    for (;;) {
      const found = { run, shim: lives(run.shim), main: lives(run.main) };
      // what ended before it was looked at was noted before, so the journal read after that is true
      run = found.main ? run : readRun(fs, paths.journal, id);
      if (isSameRun(run, found.run)) return found;
    }
  };

  let isFree = false;
  const locked = (): boolean => {
    isFree = holdsLock || !isLocked(fs, paths.lock);
    return !isFree;
  };
  const judged = ({ run, shim, main }: Look): ReturnType<typeof judge> =>
    judge({ meta, run, isThisBoot, shimLives: shim, mainLives: main, isLocked: locked });

  let found = look(journal);
  let verdict = judged(found);
  if (isFree && !holdsLock) {
    // the lock may have been handed on and let go between looking at the journal and at the lock (H1)
    found = look();
    verdict = judged(found);
  }
  return { ...verdict, ...detailsOf(found, isThisBoot ? platform : undefined) };
}

/** Who lives, and the times; those of another boot cannot be told. */
function detailsOf(
  { run, shim, main }: Look,
  platform: Platform | undefined,
): Omit<Observed, "state" | "exit"> {
  const { main: started, ended } = run;
  return {
    ...(main && started !== undefined ? { main: started } : {}),
    ...(shim && run.shim !== undefined ? { shim: run.shim } : {}),
    shimLost: main && !shim,
    ...(started === undefined || platform === undefined
      ? {}
      : { startedAtMs: platform.stampAtMs(started.up) }),
    ...(ended === undefined || platform === undefined
      ? {}
      : { endedAtMs: platform.stampAtMs(ended.up) }),
  };
}

/** The original notes the start after at most a second, in whole seconds of a clock that may be set. */
const BEFORE_NOTE_MS = 5000;
const AFTER_NOTE_MS = 2000;

/**
 * A service of the original tools, which note a bare pid: it is believed only if the process began when
 * the file says.
 */
function observeForeign({ platform }: Parts, meta: Meta): Observed {
  const main = foreignProcess(platform, meta);
  const isTold = meta.desired === "stopped";
  if (main !== undefined) {
    const startedAtMs = platform.startedAtMs(main);
    return { state: isTold ? "stopping" : "online", main, shimLost: true, startedAtMs };
  }
  const exit: Exit = { code: null, signal: null, reason: UNSEEN.foreign };
  return { state: isTold ? "stopped" : "crashed", shimLost: false, exit };
}

function foreignProcess(
  platform: Platform,
  { pid, start_time: startTime }: Meta,
): ProcessId | undefined {
  if (pid === undefined || startTime === undefined) return undefined;
  const process = platform.process(pid);
  if (process === undefined || process.state === "zombie") return undefined;
  const lateMs = startTime * 1000 - platform.startedAtMs(process);
  return lateMs > -AFTER_NOTE_MS && lateMs < BEFORE_NOTE_MS ? process : undefined;
}
