import { isTetraError, TetraError } from "@tetra/errors";
import {
  isFinal,
  type NewEvent,
  newEvent,
  STANDARD,
  type Transaction,
  type TransactionStore,
} from "@tetra/tts-core";
import type { TtmErrorCode } from "../../errors.ts";
import type { Opened } from "../../open-store.ts";
import type { ShellAnswer } from "../shell-call.ts";
import { idAt } from "./active-id.ts";
import { data } from "./answer.ts";
import type { Caller, TransactionFunction } from "./caller.ts";
import { evidencePaths, variablesOf } from "./context.ts";

// A function of the calling shell can only be run there. The shell asks before and tells after, in the words
// that steps of sagas are recorded in: begun, then done or failed. What was begun and has no end was killed.

/** What the plan document calls `txn_execute <id> <function>`: before the shell runs it. */
export const beginFunction: TransactionFunction = async (caller) => {
  const id = idAt(caller, 0);
  const step = caller.call.args[1] ?? "";
  return caller.stores.use(caller, { mode: "write", id }, async (opened) => {
    await record(opened.store, id, async (transaction) => {
      refuseEnded(transaction);
      const attempt = (await lastAttempt(opened.store, id, step)) + 1;
      const atMs = Date.now();
      return newEvent("step_started", atMs, { step, attempt, key: `${id}/${step}` });
    });
    return begun(caller, opened, id);
  });
};

/** After it: `_txn_executed <id> <function> <status>` */
export const endFunction: TransactionFunction = async (caller) => {
  const id = idAt(caller, 0);
  const [, step = "", status = ""] = caller.call.args;
  return caller.stores.use(caller, { mode: "write", id }, async ({ store }) => {
    await record(store, id, async () => {
      const attempt = await lastAttempt(store, id, step);
      const atMs = Date.now();
      if (status === "0") return newEvent("step_completed", atMs, { step, attempt });
      const error = `exit status ${status}`;
      return newEvent("step_failed", atMs, { step, attempt, error, outcome: "failed" });
    });
    return data("");
  });
};

/** What the plan document calls `txn_validate <id> <function>`: before the shell runs it. */
export const beginValidation: TransactionFunction = async (caller) => {
  const id = idAt(caller, 0);
  return caller.stores.use(caller, { mode: "read", id }, async (opened) => {
    await opened.store.load(id);
    return begun(caller, opened, id);
  });
};

/** The stub's `_tetra_id` says who was meant: the function may make another one active. */
async function begun(caller: Caller, opened: Opened, id: string): Promise<ShellAnswer> {
  const evidence = variablesOf(caller, await evidencePaths(caller, opened, id));
  return data("", { variables: { ...evidence, _tetra_id: id } });
}

/** Appends what is decided on what is there now. */
async function record(
  store: TransactionStore,
  id: string,
  decide: (transaction: Transaction) => Promise<NewEvent>,
): Promise<void> {
  for (;;) {
    const transaction = await store.load(id);
    const event = await decide(transaction);
    try {
      await store.append(id, transaction.revision, [event]);
      return;
    } catch (error) {
      if (!isTetraError(error, "CONFLICT")) throw error;
    }
  }
}

async function lastAttempt(store: TransactionStore, id: string, step: string): Promise<number> {
  const lines = await store.read(id);
  const started = lines.filter(
    ({ event }) => event?.event === "step_started" && event["step"] === step,
  );
  return started.length;
}

/** A saga's steps are its runner's, and what has ended stays as it is. */
function refuseEnded({ id, state }: Transaction): void {
  const isSaga = state["saga"] !== undefined;
  if (!isSaga && !isFinal(STANDARD, state.stage)) return;
  throw new TetraError<TtmErrorCode>(
    "INVALID_STAGE",
    `${id} (${state.stage}): ${isSaga ? "is a saga, whose runner carries its steps out" : "has ended"}`,
    { hint: "create a transaction, and run it in that one", details: { id, stage: state.stage } },
  );
}
