import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { evidenceVariables } from "../evidence-variables.ts";
import { isHere, type Place, recordOfPlan } from "../tes/place.ts";
import { isSuccess, type Outcome, reasonOf, statusOf } from "./ending.ts";
import { keepWhilePossible } from "./keep-while-possible.ts";
import { startRecording } from "./recording.ts";
import { supervise } from "./supervise.ts";
import type { Ended, Running } from "./whole-transaction.ts";

/** A command to carry out. */
export interface CommandOrder {
  readonly command: readonly string[];
  /** Absent: here. */
  readonly place: Place | undefined;
  /** What allowed it; for the log. */
  readonly allowed: string | undefined;
  /** A shell command, run here, that decides between success and failure. */
  readonly validate: string | undefined;
  readonly timeoutMs: number | undefined;
}

/** Carries a command out where it belongs, and validates. */
export async function carryOutCommand(running: Running, order: CommandOrder): Promise<Ended> {
  const outcome = await executed(running, order);
  if (!isSuccess(outcome)) {
    return { status: statusOf(outcome), reason: reasonOf("command", outcome) };
  }
  await running.manager.transition("VALIDATE", running.id);
  return validated(running, order.validate);
}

/** In `VALIDATE`: lets a shell command, run here, decide, if there is one. */
export async function validated(running: Running, script: string | undefined): Promise<Ended> {
  if (script === undefined) return { status: 0 };
  const { id, manager } = running;
  const outcome = await recorded(running, "validate-", (sinks) =>
    superviseHere(running, ["sh", "-c", script], sinks),
  );
  await manager.update(id, { validation: { command: script, ...recordOf(outcome) } });
  return isSuccess(outcome)
    ? { status: 0 }
    : { status: statusOf(outcome), reason: reasonOf("validation", outcome) };
}

async function executed(running: Running, order: CommandOrder): Promise<Outcome> {
  const { command, place, allowed, timeoutMs } = order;
  const { id, manager } = running;
  const where =
    place === undefined
      ? { user: userInfo().username, host: hostname() }
      : recordOfPlan(place.plan, allowed ?? "");
  const begun = { command, ...where };
  await manager.update(id, { run: begun });
  await manager.transition("EXECUTE", id);
  const outcome = await recorded(running, "", (sinks) =>
    runAt(running, { command, place }, { ...sinks, timeoutMs }),
  );
  await manager.update(id, { run: { ...begun, ...recordOf(outcome) } });
  return outcome;
}

/** Who takes what a command prints. */
interface Sinks {
  readonly onStdout: (bytes: Uint8Array) => void;
  readonly onStderr: (bytes: Uint8Array) => void;
}

interface Limits {
  readonly timeoutMs?: number | undefined;
}

/** Runs a command where it belongs. */
export function runAt(
  running: Running,
  { command, place }: Pick<CommandOrder, "command" | "place">,
  options: Sinks & Limits,
): Promise<Outcome> {
  return place === undefined || isHere(place.plan)
    ? superviseHere(running, command, options)
    : executeThere(running, place, options);
}

async function superviseHere(
  { id, manager, store, stop, app }: Running,
  [command = "", ...args]: readonly string[],
  options: Sinks & Limits,
): Promise<Outcome> {
  const { folder, context } = store.paths(id);
  const { variables } = await manager.evidence(id);
  const paths = variables.map(({ name }) => join(context, name));
  const env = { ...app.env, ...evidenceVariables(paths), TTM_TXN_ID: id, TTM_TXN_DIR: folder };
  return supervise({ command, args, env, stop, clock: app.clock, ...options });
}

async function executeThere(
  { stop, app }: Running,
  { plan, reach }: Place,
  { timeoutMs, ...sinks }: Sinks & Limits,
): Promise<Outcome> {
  const { executeFar } = await import("./execute-far.ts");
  const { connection } = reach;
  return executeFar({ plan, connection, stop, clock: app.clock, timeoutMs, ...sinks });
}

/** Shows what something prints, and keeps it in `artifacts/`. */
export async function recorded(
  { id, store, app }: Running,
  prefix: string,
  run: (sinks: Sinks) => Promise<Outcome>,
): Promise<Outcome> {
  const { artifacts } = store.paths(id);
  const stdout = startRecording(artifacts, `${prefix}stdout.log`);
  const stderr = startRecording(artifacts, `${prefix}stderr.log`);
  const lost = (why: string): void => app.err.print(`The output is not kept from here on: ${why}`);
  const [keepStdout, keepStderr] = [
    keepWhilePossible(stdout, lost),
    keepWhilePossible(stderr, lost),
  ];
  // with --json, standard output is for the one JSON value
  const shown = app.out.mode === "json" ? app.err : app.out;
  try {
    return await run({
      onStdout(bytes) {
        keepStdout(bytes);
        shown.bytes(bytes);
      },
      onStderr(bytes) {
        keepStderr(bytes);
        app.err.bytes(bytes);
      },
    });
  } finally {
    stdout.close();
    stderr.close();
  }
}

/** How a command ended, as the state records it. */
export function recordOf({
  ending,
  stoppedBy,
  lateMs,
  durationMs,
}: Outcome): Record<string, unknown> {
  return {
    exit_code: ending.type === "exited" ? ending.code : null,
    signal: ending.type === "killed" ? ending.signal : null,
    ...(ending.type === "not-started" ? { not_started: ending.reason } : {}),
    ...(stoppedBy === undefined ? {} : { stopped_by: stoppedBy }),
    ...(lateMs === undefined ? {} : { timeout_ms: lateMs }),
    duration_ms: durationMs,
  };
}
