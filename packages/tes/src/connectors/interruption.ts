import type { ChildProcess } from "node:child_process";
import process from "node:process";

/** Why something was interrupted. */
export type InterruptReason = "timeout" | "abort";

/** What can interrupt a command. */
export interface Interrupts {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long a command may take to end itself, before its program is killed here. */
  readonly graceMs: number;
  /** Whether the end of standard input is noticed over there: then that is tried first. */
  readonly isWatched: boolean;
  /** Whether the program leads a group of its own. */
  readonly isGroup: boolean;
}

/** Watches over a program that runs. */
export interface Interruption {
  /** Why it was interrupted, if it was. */
  reason(): InterruptReason | undefined;
  /** Ends the watch. */
  stop(): void;
}

/** Interrupts a program when its time is over or its caller gives up. */
export function interruptible(
  child: ChildProcess,
  { timeoutMs, signal, graceMs, isWatched, isGroup }: Interrupts,
): Interruption {
  let reason: InterruptReason | undefined;
  let graceTimer: NodeJS.Timeout | undefined;

  const kill = (name: NodeJS.Signals): void => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    if (isGroup && child.pid !== undefined) killGroup(child.pid, name);
    else child.kill(name);
  };
  const interrupt = (why: InterruptReason): void => {
    if (reason !== undefined) return;
    reason = why;
    child.stdin?.destroy();
    if (!isWatched) kill("SIGTERM");
    graceTimer = setTimeout(() => kill("SIGKILL"), graceMs);
  };
  const abort = (): void => interrupt("abort");

  const timer =
    timeoutMs === undefined ? undefined : setTimeout(() => interrupt("timeout"), timeoutMs);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  return {
    reason: () => reason,
    stop() {
      clearTimeout(timer);
      clearTimeout(graceTimer);
      signal?.removeEventListener("abort", abort);
    },
  };
}

function killGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ESRCH") throw error;
  }
}
