import { isTetraError, TetraError } from "@tetra/errors";
import type { FolderStore } from "@tetra/ttm-fs";
import type { TargetResolver, Transaction, TransactionManager } from "@tetra/tts-core";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import type { App } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";
import { managerOf, withStore } from "../open-store.ts";
import { stateJson } from "../state-json.ts";
import { evidenceDescription } from "./evidence-name.ts";
import { fencedStore } from "./fenced-store.ts";
import { type Stop, stopSignals } from "./stop-signals.ts";

/** What a transaction is made of that is carried out at once. */
export interface Wanted {
  /** The command that was given: `run`. Reasons for a failure that is not the work's own begin with it. */
  readonly verb: string;
  readonly description: string;
  readonly target: string;
  readonly agent: string;
  /** Files and folders that become evidence. */
  readonly context: readonly string[];
  /** Where targets lead, if not where `ttm resolve` says. */
  readonly resolver?: TargetResolver;
}

/** A transaction that this process carries out. */
export interface Running {
  readonly id: string;
  readonly manager: TransactionManager;
  readonly store: FolderStore;
  readonly stop: Stop;
  readonly app: App;
}

/** How carrying it out ended. */
export interface Ended {
  /** The exit status. */
  readonly status: number;
  /** Why it failed; absent when it succeeded. */
  readonly reason?: string;
}

/** Refuses evidence that is not there, before anything is created. @throws TetraError `NOT_FOUND` */
export function checkContext(command: string, context: readonly string[]): void {
  const missing = context.find((path) => !existsSync(path));
  if (missing === undefined) return;
  throw new TetraError<TtmErrorCode>("NOT_FOUND", `${command}: --ctx ${missing}: no such file`, {
    hint: "look at the path",
    details: { path: missing },
  });
}

/**
 * Creates a transaction, carries it out under its lease, and ends it: a commit, or a fail with the reason.
 * @param carryOut begins in `ASSEMBLE`, with the target resolved.
 * @returns the exit status.
 */
export function wholeTransaction(
  wanted: Wanted,
  app: App,
  carryOut: (running: Running) => Promise<Ended>,
): Promise<number> {
  const { verb, resolver, ...described } = wanted;
  return withStore(app, "write", async ({ store, manager }) => {
    const stop = stopSignals(app);
    try {
      const { id } = await manager.create(described);
      app.err.print(`Transaction: ${id}`);
      const lease = await store.lease(id, {
        name: `ttm ${verb} on ${hostname()}`,
        atMs: app.clock.now(),
      });
      try {
        const leased = managerOf(app, fencedStore(store, lease), resolver);
        return await toItsEnd({ id, manager: leased, store, stop, app }, wanted, carryOut);
      } finally {
        await lease.release();
      }
    } finally {
      stop.dispose();
    }
  });
}

async function toItsEnd(
  running: Running,
  wanted: Wanted,
  carryOut: (running: Running) => Promise<Ended>,
): Promise<number> {
  const { id, manager, app } = running;
  let ended: Ended;
  try {
    await prepare(running, wanted);
    ended = await carryOut(running);
  } catch (error) {
    await leaveReason(running, wanted.verb, error);
    throw error;
  }
  const { transaction } = await (ended.reason === undefined
    ? manager.commit(id)
    : manager.fail(ended.reason, id));
  report(transaction, app);
  return ended.status;
}

/** Leaves the reason where people look for it, unless the command itself ended the transaction. */
async function leaveReason({ id, manager }: Running, verb: string, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  try {
    await manager.fail(`${verb}: ${message}`, id);
  } catch (refusal) {
    if (!isTetraError(refusal, "INVALID_STAGE")) throw refusal;
  }
}

async function prepare({ id, manager }: Running, { context }: Wanted): Promise<void> {
  await manager.transition("SELECT", id);
  for (const path of context) {
    await manager.addContext({ source: { path }, description: evidenceDescription(path) }, id);
  }
  await manager.transition("ASSEMBLE", id);
  await manager.resolveTarget(id);
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
