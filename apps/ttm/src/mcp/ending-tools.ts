import { TetraError } from "@tetra/errors";
import * as z from "zod";
import type { TtmErrorCode } from "../errors.ts";
import { withStore } from "../open-store.ts";
import { withEngine } from "../saga/engine.ts";
import { carriedOn } from "./carried-on.ts";
import { noteAgent } from "./opened-transaction.ts";
import { GATES } from "./proposed-steps.ts";
import { wrongPhase } from "./refusals.ts";
import { byAgent, cancelled, onwards } from "./run-tool.ts";
import type { Answer, Tool, ToolCall } from "./tool.ts";
import { ID, REASON, WAIT_SECONDS } from "./tool-inputs.ts";
import { tellOurs, tellTransaction, type ToldTransaction } from "./told-transaction.ts";
import { toldText } from "./told-text.ts";
import { TRANSACTION, type TransactionView } from "./transaction-view.ts";

// Tools that end transactions: as a success, as a failure, or by undoing what was done.

interface Committing {
  readonly id: string;
  readonly wait_seconds: number;
}

interface Ending extends Committing {
  readonly reason: string;
}

interface Failing {
  readonly id: string;
  readonly reason: string;
}

const committing: z.ZodType<Committing> = z.strictObject({ id: ID, wait_seconds: WAIT_SECONDS });
const ending: z.ZodType<Ending> = z.strictObject({
  id: ID,
  reason: REASON,
  wait_seconds: WAIT_SECONDS,
});
const failing: z.ZodType<Failing> = z.strictObject({ id: ID, reason: REASON });

/** `commit_transaction` */
export const commitTransaction: Tool<Committing, TransactionView> = {
  name: "commit_transaction",
  title: "Commit a transaction",
  description:
    "Ends a transaction as a success: what its steps have done stays. Not while the last validation failed. It can be undone later, as a transaction of its own.",
  input: committing,
  output: TRANSACTION,
  effect: "changes",
  isIdempotent: true,
  waits: true,
  async run({ id: wanted, wait_seconds: seconds }, call) {
    const { app, agent } = call.session;
    const told = await tellOurs(call.session, wanted);
    const { view } = told;
    if (view.phase === "committed") return answer(view);
    if (view.phase !== "ran" && view.phase !== "open") throw wrongPhase(view, "be committed");
    if (view.validation?.passed === false) throw notValid(view);
    const by = byAgent(agent());
    if (view.phase === "open") {
      await noteAgent(app, view.id, { ended_by: by });
      await withStore(app, "write", ({ manager }) => manager.commit(view.id));
      return answer((await tellTransaction(app, view.id)).view);
    }
    await withEngine(app, { verb: "mcp commit" }, ({ sagas }) =>
      sagas.signal(view.id, { step: GATES.commit, by }),
    );
    return answer(
      (await carriedOn(call, { id: view.id, errand: onwards("commit", told), seconds })).view,
    );
  },
};

/** `fail_transaction` */
export const failTransaction: Tool<Failing, TransactionView> = {
  name: "fail_transaction",
  title: "Fail a transaction",
  description:
    "Ends a transaction without steps as a failure, with the reason. One with steps is ended by undo_transaction or cancel_transaction, so that nothing is left half-done.",
  input: failing,
  output: TRANSACTION,
  effect: "changes",
  isIdempotent: false,
  async run({ id, reason }, call) {
    const { view } = await tellOurs(call.session, id);
    if (view.phase !== "open") throw wrongPhase(view, "just fail");
    return failed(call, view, reason);
  },
};

/** `cancel_transaction` */
export const cancelTransaction: Tool<Ending, TransactionView> = {
  name: "cancel_transaction",
  title: "Cancel a transaction",
  description:
    "Withdraws what is proposed, or interrupts what is running and undoes what was done. The transaction ends as a failure.",
  input: ending,
  output: TRANSACTION,
  effect: "changes",
  isIdempotent: true,
  waits: true,
  async run({ id, reason, wait_seconds: seconds }, call) {
    const told = await tellOurs(call.session, id);
    const { view } = told;
    switch (view.phase) {
      case "open":
        return failed(call, view, `cancelled: ${reason}`);
      case "proposed":
      case "running":
      case "ran":
      case "undoing":
        return undone(call, told, { reason, seconds });
      case "undone":
        return answer(view);
      case "needs_person":
      case "committed":
      case "failed":
        throw wrongPhase(view, "be cancelled");
    }
  },
};

/** `undo_transaction` */
export const undoTransaction: Tool<Ending, TransactionView> = {
  name: "undo_transaction",
  title: "Undo a transaction",
  description:
    "Undoes what the steps have done, last first. Of one that is committed, as a transaction of its own, which is what is answered then.",
  input: ending,
  output: TRANSACTION,
  effect: "changes",
  isIdempotent: true,
  waits: true,
  async run({ id, reason, wait_seconds: seconds }, call) {
    const { session } = call;
    const told = await tellOurs(session, id);
    const { view } = told;
    if (view.phase === "undone") return answer(view);
    if (view.phase === "committed" && view.steps.length > 0) {
      return undoneAfterwards(call, told, { reason, seconds });
    }
    if (!["proposed", "running", "ran", "undoing"].includes(view.phase)) {
      throw wrongPhase(view, "be undone: nothing was run");
    }
    return undone(call, told, { reason, seconds });
  },
};

interface How {
  readonly reason: string;
  readonly seconds: number;
}

async function failed(
  { session: { app, agent } }: ToolCall,
  { id }: TransactionView,
  reason: string,
): Promise<Answer<TransactionView>> {
  await noteAgent(app, id, { ended_by: byAgent(agent()) });
  await withStore(app, "write", ({ manager }) => manager.fail(reason, id));
  return answer((await tellTransaction(app, id)).view);
}

/** Has an open one undone, and waits for it. */
async function undone(
  call: ToolCall,
  told: ToldTransaction,
  { reason, seconds }: How,
): Promise<Answer<TransactionView>> {
  const { id, phase } = told.view;
  if (phase !== "undoing") await cancelled(call.session, id, reason);
  return answer((await carriedOn(call, { id, errand: onwards("undo", told), seconds })).view);
}

/** Undoes a committed one in a transaction of its own. */
async function undoneAfterwards(
  call: ToolCall,
  { view: { id, target }, cwd }: ToldTransaction,
  { reason, seconds }: How,
): Promise<Answer<TransactionView>> {
  const { app, agent } = call.session;
  await noteAgent(app, id, { undo_reason: reason, undo_by: byAgent(agent()) });
  const { view } = await carriedOn(call, {
    id,
    errand: {
      verb: "undo",
      folder: cwd,
      go: ({ sagas }, options) => sagas.undo(id, { ...options, target, agent: agent() }),
    },
    seconds,
  });
  return answer(
    view.undone_by === undefined ? view : (await tellTransaction(app, view.undone_by)).view,
  );
}

function answer(view: TransactionView): Answer<TransactionView> {
  return { data: view, text: toldText(view) };
}

function notValid({ id, validation }: TransactionView): TetraError<TtmErrorCode> {
  const failedChecks =
    validation?.checks.filter(({ passed }) => !passed).map(({ name }) => name) ?? [];
  return new TetraError("NOT_VALID", `${id}: its validation failed: ${failedChecks.join(", ")}`, {
    hint: "undo_transaction; or put it right, and validate_transaction again",
    details: { id },
  });
}
