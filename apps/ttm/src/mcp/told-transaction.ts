import { isTetraError, TetraError } from "@tetra/errors";
import { fold, type TransactionManager, type TransactionStore } from "@tetra/tts-core";
import { foldSaga, type SagaState, viewOf } from "@tetra/tts-core/saga";
import type { App } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";
import { withStore } from "../open-store.ts";
import { startingFolder } from "../saga/starting-folder.ts";
import { endpointsToApprove } from "./judged-plan.ts";
import { ownStepsOf } from "./proposed-steps.ts";
import type { Session } from "./session.ts";
import { phaseOf, policyOf, transactionView, type TransactionView } from "./transaction-view.ts";

/** A transaction as it stands, and what it stands for. */
export interface ToldTransaction {
  readonly view: TransactionView;
  /** Absent: it has no steps. */
  readonly saga: SagaState | undefined;
  /** The folder where it was opened. */
  readonly cwd: string;
  /** The policy file under which it was opened for agents; absent: it was not. */
  readonly policyFile: string | undefined;
}

interface Opened {
  readonly store: TransactionStore;
  readonly manager: TransactionManager;
}

/** Looks at a transaction. @throws TetraError `NOT_FOUND`, `AMBIGUOUS`, `INVALID_ID` */
export function tellTransaction(app: App, id: string): Promise<ToldTransaction> {
  return withStore(app, "read", (opened) => toldFrom(app, opened, id));
}

/**
 * Looks at a transaction that is to be changed.
 * @throws TetraError `FORBIDDEN` when it was not opened for agents under the same policy, and what looking
 *   at it throws
 */
export async function tellOurs(
  { app, policyFile }: Pick<Session, "app" | "policyFile">,
  id: string,
): Promise<ToldTransaction> {
  const told = await tellTransaction(app, id);
  if (told.policyFile === policyFile) return told;
  const whose = told.view.is_ours
    ? "it was opened under another policy, and"
    : "it was not opened for agents, and";
  throw new TetraError<TtmErrorCode>("FORBIDDEN", `${told.view.id}: ${whose} can only be read`, {
    hint: "change transactions that open_transaction opened here; a person changes the others",
    details: { id: told.view.id },
  });
}

async function toldFrom(
  app: App,
  { store, manager }: Opened,
  id: string,
): Promise<ToldTransaction> {
  const status = await manager.status(id);
  const lines = await store.read(status.id);
  const transaction = fold(status.id, lines);
  const state = foldSaga(lines);
  const saga = state && { state, view: viewOf({ transaction, saga: state }, app.clock.now()) };
  const policyFile = policyOf(status.state) ?? (await policyOfUndone(state?.undoes, store));
  const isOurs = policyFile !== undefined;
  const cwd = startingFolder(status.state) ?? app.cwd();
  const isProposed = phaseOf(status.state.stage, saga) === "proposed";
  const endpoints =
    isProposed && state !== undefined ? endpointsOf(state, status.state.target, { app, cwd }) : [];
  const { approvals } = transaction;
  return {
    view: transactionView({ status, saga, endpoints, approvals, isOurs }),
    saga: state,
    cwd,
    policyFile,
  };
}

async function policyOfUndone(
  undoes: string | undefined,
  store: TransactionStore,
): Promise<string | undefined> {
  if (undoes === undefined) return undefined;
  try {
    return policyOf((await store.load(undoes)).state);
  } catch (error) {
    if (isTetraError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/** Where they lead may be unknown by now; running the steps says so. */
function endpointsOf(
  saga: SagaState,
  target: string | null | undefined,
  { app, cwd }: { readonly app: App; readonly cwd: string },
): readonly string[] {
  try {
    return endpointsToApprove(ownStepsOf(saga.definition), {
      app,
      cwd,
      target: target ?? "@local",
    });
  } catch (error) {
    if (isTetraError(error)) return [];
    throw error;
  }
}
