import { type Arguments, usageError } from "@tetra/cli-kit";
import { isTetraError, TetraError } from "@tetra/errors";
import type { FolderStore } from "@tetra/ttm-fs";
import type { Transaction, TransactionManager } from "@tetra/tts-core";
import { existsSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import type { App, TtmRun } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";
import { evidenceVariables } from "../evidence-variables.ts";
import { managerOf, withStore } from "../open-store.ts";
import { isSuccess, type Outcome, reasonOf, statusOf } from "../run/ending.ts";
import { evidenceDescription } from "../run/evidence-name.ts";
import { fencedStore } from "../run/fenced-store.ts";
import { startRecording } from "../run/recording.ts";
import { type Stop, stopSignals } from "../run/stop-signals.ts";
import { supervise } from "../run/supervise.ts";
import { stateJson } from "../state-json.ts";
import { isLocalTarget } from "../targets.ts";

/** `ttm run <description> [target] -- COMMAND...` */
export const run: TtmRun = async (args, app) => {
  const order = orderOf(args);
  checkOrder(order, app);
  return withStore(app, "write", async ({ store, manager }) => {
    const stop = stopSignals(app);
    try {
      const { id } = await manager.create(order);
      app.err.print(`Transaction: ${id}`);
      return await underLease(id, store, app, (leased) =>
        carryOut(leased, order, { app, store, stop }),
      );
    } finally {
      stop.dispose();
    }
  });
};

/** What is to be done. */
interface Order {
  readonly description: string;
  readonly target: string;
  readonly agent: string;
  readonly context: readonly string[];
  readonly command: string;
  readonly args: readonly string[];
  readonly validate: string | undefined;
}

interface Leased {
  readonly id: string;
  readonly manager: TransactionManager;
}

interface Surroundings {
  readonly app: App;
  readonly store: FolderStore;
  readonly stop: Stop;
}

function orderOf(args: Arguments): Order {
  const [command, ...rest] = args.behind;
  if (command === undefined || command === "") {
    throw usageError(
      "run: no command to run",
      `write it behind --, for example: ttm run "back up" -- ./backup.sh`,
    );
  }
  return {
    description: args.at(0) ?? "",
    target: args.at(1) ?? "@local",
    agent: args.value("agent") ?? "human",
    context: args.values("ctx"),
    command,
    args: rest,
    validate: args.value("validate"),
  };
}

/** Refuses what cannot work before anything is created. */
function checkOrder({ target, context }: Order, app: App): void {
  if (!isLocalTarget(target, app.places().topology)) {
    throw new TetraError<TtmErrorCode>(
      "REMOTE_TARGET",
      `run: ${target} is another machine, and execution on remote targets is not built yet`,
      {
        hint: `run on @local a command that reaches it, such as: ssh HOST COMMAND`,
        details: { target },
      },
    );
  }
  const missing = context.find((path) => !existsSync(path));
  if (missing === undefined) return;
  throw new TetraError<TtmErrorCode>("NOT_FOUND", `run: --ctx ${missing}: no such file`, {
    hint: "look at the path",
    details: { path: missing },
  });
}

async function underLease<T>(
  id: string,
  store: FolderStore,
  app: App,
  use: (leased: Leased) => Promise<T>,
): Promise<T> {
  const lease = await store.lease(id, {
    name: `ttm run on ${hostname()}`,
    atMs: app.clock.now(),
  });
  try {
    return await use({ id, manager: managerOf(app, fencedStore(store, lease)) });
  } finally {
    await lease.release();
  }
}

async function carryOut(
  { id, manager }: Leased,
  order: Order,
  around: Surroundings,
): Promise<number> {
  let outcome: Outcome;
  let reason: string | undefined;
  try {
    await prepare({ id, manager }, order);
    outcome = await execute({ id, manager }, order, around);
    if (!isSuccess(outcome)) reason = reasonOf("command", outcome);
    if (reason === undefined) {
      await manager.transition("VALIDATE", id);
      const validation = await validate({ id, manager }, order, around);
      if (validation !== undefined && !isSuccess(validation)) {
        outcome = validation;
        reason = reasonOf("validation", validation);
      }
    }
  } catch (error) {
    await leaveReason(id, manager, error);
    throw error;
  }
  const { transaction } = await (reason === undefined
    ? manager.commit(id)
    : manager.fail(reason, id));
  report(transaction, around.app);
  return statusOf(outcome);
}

/** Leaves the reason where people look for it, unless the command itself ended the transaction. */
async function leaveReason(id: string, manager: TransactionManager, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  try {
    await manager.fail(`run: ${message}`, id);
  } catch (refusal) {
    if (!isTetraError(refusal, "INVALID_STAGE")) throw refusal;
  }
}

async function prepare({ id, manager }: Leased, { context }: Order): Promise<void> {
  await manager.transition("SELECT", id);
  for (const path of context) {
    await manager.addContext({ source: { path }, description: evidenceDescription(path) }, id);
  }
  await manager.transition("ASSEMBLE", id);
  await manager.resolveTarget(id);
}

async function execute(leased: Leased, order: Order, around: Surroundings): Promise<Outcome> {
  const { command, args } = order;
  const { id, manager } = leased;
  const begun = { command: [command, ...args], user: userInfo().username, host: hostname() };
  await manager.update(id, { run: begun });
  await manager.transition("EXECUTE", id);
  const outcome = await record(leased, { command, args, prefix: "" }, around);
  await manager.update(id, { run: { ...begun, ...recordOf(outcome) } });
  return outcome;
}

async function validate(
  leased: Leased,
  { validate: script }: Order,
  around: Surroundings,
): Promise<Outcome | undefined> {
  if (script === undefined) return undefined;
  const { id, manager } = leased;
  const outcome = await record(
    leased,
    { command: "sh", args: ["-c", script], prefix: "validate-" },
    around,
  );
  await manager.update(id, { validation: { command: script, ...recordOf(outcome) } });
  return outcome;
}

/** Runs a command, shows what it prints and keeps it in `artifacts/`. */
async function record(
  { id, manager }: Leased,
  { command, args, prefix }: { command: string; args: readonly string[]; prefix: string },
  { app, store, stop }: Surroundings,
): Promise<Outcome> {
  const { folder, context, artifacts } = store.paths(id);
  const { variables } = await manager.evidence(id);
  const paths = variables.map(({ name }) => join(context, name));
  const stdout = startRecording(artifacts, `${prefix}stdout.log`);
  const stderr = startRecording(artifacts, `${prefix}stderr.log`);
  // with --json, standard output is for the one JSON value
  const shown = app.out.mode === "json" ? app.err : app.out;
  try {
    return await supervise({
      command,
      args,
      env: { ...app.env, ...evidenceVariables(paths), TTM_TXN_ID: id, TTM_TXN_DIR: folder },
      stop,
      clock: app.clock,
      onStdout(bytes) {
        stdout.write(bytes);
        shown.bytes(bytes);
      },
      onStderr(bytes) {
        stderr.write(bytes);
        app.err.bytes(bytes);
      },
    });
  } finally {
    stdout.close();
    stderr.close();
  }
}

/** How a command ended, as the state records it. */
function recordOf({ ending, stoppedBy, durationMs }: Outcome): Record<string, unknown> {
  return {
    exit_code: ending.type === "exited" ? ending.code : null,
    signal: ending.type === "killed" ? ending.signal : null,
    ...(ending.type === "not-started" ? { not_started: ending.reason } : {}),
    ...(stoppedBy === undefined ? {} : { stopped_by: stoppedBy }),
    duration_ms: durationMs,
  };
}

function report(transaction: Transaction, { out, err }: App): void {
  const { id, state } = transaction;
  if (out.mode === "json") out.json(stateJson(transaction));
  err.print(
    state.last_error === null
      ? `Transaction committed: ${id}`
      : `Transaction failed: ${id} - ${state.last_error}`,
  );
}
