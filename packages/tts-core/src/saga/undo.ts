import { isTetraError, TetraError } from "@tetra/errors";
import type { NewIds } from "../new-id.ts";
import type { Clock, TransactionStore } from "../ports.ts";
import { newEvent } from "../transaction/event.ts";
import { beginning, descriptionOf, type StartOptions } from "./beginning.ts";
import type { SagaErrorCode } from "./errors.ts";
import { foldSaga } from "./evolve-saga.ts";
import type { CompletedStep } from "./saga-event.ts";
import { readSaga, type SagaRecord } from "./saga-log.ts";
import type { SagaState } from "./saga-state.ts";
import { shapeOf } from "./shape.ts";

/** What an undo is prepared with. */
export interface UndoPorts {
  readonly store: TransactionStore;
  readonly clock: Clock;
  readonly freeIds: NewIds;
}

/**
 * Refuses to undo what was not committed, or cannot be undone.
 * @throws TetraError `NOT_WAITING`, `PAST_PIVOT`
 */
export function refuseUndo({ transaction, saga }: SagaRecord): void {
  const { id } = transaction;
  if (saga.ended !== "done" || saga.undoes !== undefined) {
    throw new TetraError<SagaErrorCode>("NOT_WAITING", `${id}: it is no committed saga`, {
      hint: saga.ended === undefined ? "cancel it" : "there is nothing to undo",
      details: { id },
    });
  }
  const [pivot] = shapeOf(saga.definition).pivots;
  if (pivot === undefined) return;
  throw new TetraError<SagaErrorCode>("PAST_PIVOT", `${id}: it is past its pivot ${pivot.path}`, {
    hint: "undo by hand what can be undone",
    details: { id, pivot: pivot.path },
  });
}

/** The saga as it will be when it is undone: only compensations are called. */
export function undoing({ transaction, saga }: SagaRecord): SagaState {
  const { ended: _over, ...open } = saga;
  return { ...open, undoes: transaction.id };
}

/**
 * Makes the transaction that undoes a committed saga, or finds the one that was made before: there is
 * only ever one, because the undone saga's log names it before it is there.
 * @returns its id.
 */
export async function undoTransaction(
  { store, clock, freeIds }: UndoPorts,
  record: SagaRecord,
  options: StartOptions,
): Promise<string> {
  const { id } = record.transaction;
  const { definition } = record.saga;
  const description = `undo ${descriptionOf(definition, options)}`;
  let own = await claim(record);
  // somebody else may have made another transaction of that id meanwhile
  while (!(await isMade(own))) own = await claim(await readSaga(store, id), own);
  return own;

  async function isMade(wanted: string): Promise<boolean> {
    if (!(await exists(wanted))) {
      const undo = { txn: id, completed: completedSteps(record) };
      const atMs = clock.now();
      const named = { ...options, description };
      try {
        await store.create(wanted, beginning(wanted, { definition, options: named, atMs, undo }));
      } catch (error) {
        if (!isTetraError(error, "EXISTS")) throw error;
      }
    }
    return foldSaga(await store.read(wanted))?.undoes === id;
  }

  async function claim(before: SagaRecord, taken?: string): Promise<string> {
    const { undoneBy } = before.saga;
    if (undoneBy !== undefined && undoneBy !== taken) return undoneBy;
    const free = await freeIds.create(description, async (wanted) => {
      if (await exists(wanted)) throw new TetraError("EXISTS", `${wanted}: taken`);
      return wanted;
    });
    const claimed = newEvent("undone_by", clock.now(), { txn: free });
    try {
      await store.append(id, before.transaction.revision, [claimed]);
      return free;
    } catch (error) {
      if (!isTetraError(error, "CONFLICT")) throw error;
    }
    return claim(await readSaga(store, id), taken);
  }

  async function exists(wanted: string): Promise<boolean> {
    try {
      await store.load(wanted);
      return true;
    } catch (error) {
      if (isTetraError(error, "NOT_FOUND")) return false;
      throw error;
    }
  }
}

function completedSteps({ saga }: SagaRecord): readonly CompletedStep[] {
  return [...saga.steps].flatMap(([step, { status, result, resultFile }]): CompletedStep[] => {
    if (status !== "completed") return [];
    if (resultFile !== undefined) return [{ step, result_file: resultFile }];
    return [result === undefined ? { step } : { step, result }];
  });
}
