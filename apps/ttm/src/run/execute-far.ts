import { isTetraError } from "@tetra/errors";
import { type ConnectorOptions, execute, type PlanLevel } from "@tetra/tes";
import type { Clock } from "@tetra/tts-core";
import { Writable } from "node:stream";
import type { Outcome } from "./ending.ts";
import type { Stop } from "./stop-signals.ts";

/** A command to execute elsewhere, and where what it prints goes. */
export interface FarCommand {
  readonly plan: PlanLevel;
  readonly connection: ConnectorOptions;
  readonly stop: Stop;
  readonly clock: Clock;
  readonly timeoutMs: number | undefined;
  /** What it reads, if its plan says that it reads content. */
  readonly content?: string;
  readonly onStdout: (bytes: Uint8Array) => void;
  readonly onStderr: (bytes: Uint8Array) => void;
}

/**
 * Executes a command at the end of its plan. A signal that tells this program to stop interrupts it over
 * there, with all it started; what does not end then is killed after three seconds.
 * @throws TetraError a `ConnectErrorCode` or `RunErrorCode`
 */
export async function executeFar(command: FarCommand): Promise<Outcome> {
  const { plan, connection, stop, clock, timeoutMs } = command;
  const startedMs = clock.now();
  const durationMs = (): number => Math.max(0, clock.now() - startedMs);
  const controller = new AbortController();
  stop.listen(() => controller.abort());
  try {
    const { exitStatus, signal } = await execute(plan, {
      ...connection,
      signal: controller.signal,
      stdout: writableTo(command.onStdout),
      stderr: writableTo(command.onStderr),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(command.content === undefined ? {} : { content: command.content }),
    });
    return {
      ending:
        signal === undefined ? { type: "exited", code: exitStatus } : { type: "killed", signal },
      durationMs: durationMs(),
      ...(stop.signal === undefined ? {} : { stoppedBy: stop.signal }),
    };
  } catch (error) {
    // Ctrl-C reaches ssh as well: its connection may be gone before it was told to abort
    if (stop.signal !== undefined && isTetraError(error)) {
      const ending = { type: "killed", signal: stop.signal } as const;
      return { ending, stoppedBy: stop.signal, durationMs: durationMs() };
    }
    if (timeoutMs === undefined || !isTetraError(error, "TIMED_OUT")) throw error;
    const ending = { type: "killed", signal: "SIGTERM" } as const;
    return { ending, lateMs: timeoutMs, durationMs: durationMs() };
  }
}

function writableTo(take: (bytes: Uint8Array) => void): Writable {
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      take(chunk);
      done();
    },
  });
}
