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
    const end = (ending: Ending): void => {
      const durationMs = Math.max(0, clock.now() - startedMs);
      resolve({
        ending,
        durationMs,
        ...(stop.signal === undefined ? {} : { stoppedBy: stop.signal }),
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
  { stop, onStdout, onStderr }: Supervised,
  end: (ending: Ending) => void,
): void {
  let ending: Ending | undefined;
  let grace: NodeJS.Timeout | undefined;
  let quiet: NodeJS.Timeout | undefined;

  const finish = (): void => {
    if (ending === undefined) return;
    clearTimeout(grace);
    clearTimeout(quiet);
    if (stop.signal !== undefined) signalGroup(pid, "SIGKILL"); // whoever outlived the command
    child.stdout.destroy();
    child.stderr.destroy();
    end(ending);
  };
  const waitForQuiet = (): void => {
    if (ending === undefined || stop.signal !== undefined) return;
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
    if (stop.signal !== undefined) signalGroup(pid, "SIGTERM");
    waitForQuiet();
  });
  child.on("close", finish);
  stop.listen((signal, count) => {
    signalGroup(pid, count > 1 ? "SIGKILL" : signal);
    grace ??= setTimeout(() => {
      signalGroup(pid, "SIGKILL");
      finish();
    }, GRACE_MS);
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
