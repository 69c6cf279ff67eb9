import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Environment } from "@tetra/cli-kit";
import type { Clock } from "@tetra/tts-core";
import type { Ending, Outcome } from "./ending.ts";
import type { Stop } from "./stop-signals.ts";

/** A command to carry out, and where what it prints goes. */
export interface Supervised {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly stop: Stop;
  readonly clock: Clock;
  /** How long it may take. */
  readonly timeoutMs?: number | undefined;
  readonly onStdout: (bytes: Uint8Array) => void;
  readonly onStderr: (bytes: Uint8Array) => void;
}

/** How long a command that was told to stop may take. */
const GRACE_MS = 5000;
/** How long to wait for more output of a command that has ended but whose pipes somebody holds. */
const QUIET_MS = 1000;

/**
 * Carries a command out, in a session of its own so that it can be stopped with all it started. A
 * signal that tells this program to stop is passed on; a second one, or five seconds, kills.
 */
export function supervise(supervised: Supervised): Promise<Outcome> {
  const { command, args, env, stop, clock } = supervised;
  const startedMs = clock.now();
  return new Promise((resolve) => {
    const end = (ending: Ending, lateMs?: number): void => {
      const durationMs = Math.max(0, clock.now() - startedMs);
      resolve({
        ending,
        durationMs,
        ...(stop.signal === undefined ? {} : { stoppedBy: stop.signal }),
        ...(lateMs === undefined ? {} : { lateMs }),
      });
    };
    if (stop.signal !== undefined) {
      end({ type: "killed", signal: stop.signal }); // told to stop before it began
      return;
    }
    let child: ChildProcess & { readonly stdout: Readable; readonly stderr: Readable };
    try {
      child = spawn(command, args, { env, detached: true, stdio: ["inherit", "pipe", "pipe"] });
    } catch (error) {
      end({ type: "not-started", reason: systemCode(error) }); // such as an argument with a NUL
      return;
    }
    child.on("error", (error) => {
      if (child.pid === undefined) end({ type: "not-started", reason: systemCode(error) });
    });
    if (child.pid === undefined) return;
    watchOver(child, child.pid, supervised, end);
  });
}

function watchOver(
  child: ChildProcess & { readonly stdout: Readable; readonly stderr: Readable },
  pid: number,
  { stop, timeoutMs, onStdout, onStderr }: Supervised,
  end: (ending: Ending, lateMs?: number) => void,
): void {
  let ending: Ending | undefined;
  let grace: NodeJS.Timeout | undefined;
  let quiet: NodeJS.Timeout | undefined;
  let lateMs: number | undefined;
  const isStopped = (): boolean => stop.signal !== undefined || lateMs !== undefined;

  const finish = (): void => {
    if (ending === undefined) return;
    clearTimeout(timer);
    clearTimeout(grace);
    clearTimeout(quiet);
    if (isStopped()) signalGroup(pid, "SIGKILL"); // whoever outlived the command
    child.stdout.destroy();
    child.stderr.destroy();
    end(ending, lateMs);
  };
  const waitForQuiet = (): void => {
    if (ending === undefined || isStopped()) return;
    clearTimeout(quiet);
    quiet = setTimeout(finish, QUIET_MS);
  };

  child.stdout.on("data", (bytes: Uint8Array) => {
    onStdout(bytes);
    waitForQuiet();
  });
  child.stderr.on("data", (bytes: Uint8Array) => {
    onStderr(bytes);
    waitForQuiet();
  });
  child.on("exit", (code, signal) => {
    ending = signal === null ? { type: "exited", code: code ?? 0 } : { type: "killed", signal };
    // shells let what they start in the background ignore Ctrl-C
    if (isStopped()) signalGroup(pid, "SIGTERM");
    waitForQuiet();
  });
  child.on("close", finish);
  const killLater = (): void => {
    grace ??= setTimeout(() => {
      signalGroup(pid, "SIGKILL");
      finish();
    }, GRACE_MS);
  };
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          lateMs = timeoutMs;
          signalGroup(pid, "SIGTERM");
          killLater();
        }, timeoutMs);
  stop.listen((signal, count) => {
    signalGroup(pid, count > 1 ? "SIGKILL" : signal);
    killLater();
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error; // ESRCH: all of it has ended
  }
}

function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN";
}
