import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { type Readable, Writable } from "node:stream";
import type { Environment } from "@tetra/cli-kit";
import type { Clock } from "@tetra/tts-core";
import type { Ending, Outcome } from "./ending.ts";
import { whyNotStarted } from "./find-program.ts";
import { gated } from "./gate.ts";
import type { Stop } from "./stop-signals.ts";

/** A command to carry out, and where what it prints goes. */
export interface Supervised {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
  /** The folder it runs in. Default: this program's. */
  readonly cwd?: string | undefined;
  /** What it reads: by default what this program was given. */
  readonly stdin?: "inherit" | "ignore";
  readonly stop: Stop;
  readonly clock: Clock;
  /** How long it may take. */
  readonly timeoutMs?: number | undefined;
  /**
   * Told of the group of the process before the command can do anything; should this program die
   * meanwhile, it never does. What this throws is thrown, and nothing was done.
   */
  readonly onHeld?: (group: number) => void;
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
  const { env, cwd, stdin = "inherit", stop, clock, onHeld } = supervised;
  const startedMs = clock.now();
  return new Promise((resolve, reject) => {
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
    const obstacle = obstacleOf(supervised);
    if (obstacle !== undefined) {
      end({ type: "not-started", reason: obstacle });
      return;
    }
    let child: ChildProcess;
    try {
      const { command, args } = startedAs(supervised);
      const gate: readonly "pipe"[] = onHeld === undefined ? [] : ["pipe"];
      const stdio: StdioOptions = [stdin, "pipe", "pipe", ...gate];
      child = spawn(command, args, { env, cwd, detached: true, stdio });
    } catch (error) {
      end({ type: "not-started", reason: systemCode(error) }); // such as an argument with a NUL
      return;
    }
    child.on("error", (error) => {
      if (child.pid === undefined) end({ type: "not-started", reason: systemCode(error) });
    });
    const { pid, stdout, stderr } = child;
    if (pid === undefined || stdout === null || stderr === null) return;
    if (onHeld !== undefined) {
      try {
        onHeld(pid);
      } catch (error) {
        signalGroup(pid, "SIGKILL"); // it has done nothing yet
        reject(error);
        return;
      }
      letGo(child);
    }
    watchOver({ child, pid, stdout, stderr }, supervised, end);
  });
}

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** Why it cannot be started; behind a gate nobody would tell. */
function obstacleOf({ command, env, cwd, onHeld }: Supervised): string | undefined {
  if (onHeld === undefined) return undefined;
  return whyNotStarted(command, { env, cwd: cwd ?? "" });
}

function startedAs({ command, args, onHeld }: Supervised): {
  readonly command: string;
  readonly args: readonly string[];
} {
  return onHeld === undefined ? { command, args } : gated(command, args);
}

function letGo({ stdio }: ChildProcess): void {
  const gate = stdio[3];
  if (!(gate instanceof Writable)) return;
  gate.on("error", () => {}); // it was killed meanwhile
  gate.end("\n");
}

function watchOver(
  { child, pid, stdout, stderr }: Running,
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
    stdout.destroy();
    stderr.destroy();
    end(ending, lateMs);
  };
  const waitForQuiet = (): void => {
    if (ending === undefined || isStopped()) return;
    clearTimeout(quiet);
    quiet = setTimeout(finish, QUIET_MS);
  };

  stdout.on("data", (bytes: Uint8Array) => {
    onStdout(bytes);
    waitForQuiet();
  });
  stderr.on("data", (bytes: Uint8Array) => {
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

/** Signals a group of processes, if any of it is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error; // ESRCH: all of it has ended
  }
}

function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN";
}
