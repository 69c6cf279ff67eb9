import { spawn } from "node:child_process";
import type { MonitorEvent } from "./event.ts";
import { type Trigger, triggerEnvironment } from "./trigger.ts";
import type { TriggerOutcome } from "./trigger-runner.ts";

/** How the command of a trigger is run. */
export interface TriggerRunOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** After so long it and what it started is killed. Default: 30 s. */
  readonly timeoutMs?: number;
  /** Ends it at once. */
  readonly signal?: AbortSignal;
}

const MOST_OUTPUT = 16_384;

/**
 * Runs the command of a trigger for an event, in a process group of its own, without standard input. What
 * it is to know is in its environment and nowhere in its script.
 */
export function runTrigger(
  { script }: Pick<Trigger, "script">,
  event: MonitorEvent,
  { environment, timeoutMs = 30_000, signal }: TriggerRunOptions,
): Promise<TriggerOutcome> {
  return new Promise((resolve) => {
    const child = spawn("/bin/sh", ["-c", script], {
      env: { ...environment, ...triggerEnvironment(event) },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const parts: Buffer[] = [];
    let length = 0;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part: Buffer) => {
        if (length < MOST_OUTPUT) parts.push(part);
        length += part.length;
      });
    }
    const end = (): void => {
      killGroup(child.pid);
      // who left the group may still hold the pipes
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(end, timeoutMs);
    signal?.addEventListener("abort", end, { once: true });
    if (signal?.aborted === true) end();
    const finish = (status: number | null, more = ""): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      const output = Buffer.concat(parts).subarray(0, MOST_OUTPUT).toString();
      resolve({ status, output: output + more });
    };
    child.on("error", (error) => finish(null, error.message));
    child.on("close", (status) => finish(status));
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended meanwhile
  }
}
