import { isTetraError, TetraError } from "@tetra/errors";
import type { Lease, TransactionStore } from "../ports.ts";
import { type EventRecord, type NewEvent, seal } from "../transaction/event.ts";
import { evolve, fold, type Transaction } from "../transaction/transaction.ts";
import type { SagaErrorCode } from "./errors.ts";
import { foldSaga } from "./evolve-saga.ts";
import type { SagaState } from "./saga-state.ts";

/** A transaction that is a saga, as its log tells it. */
export interface SagaRecord {
  readonly transaction: Transaction;
  readonly saga: SagaState;
}

/** The log of one saga, as the runner that holds its lease knows it. */
export interface SagaLog {
  /** What is known, since the last append or refresh. */
  current(): SagaRecord;
  /**
   * Adds events, durably. `saga` is what they make of the saga.
   * @returns false when somebody else wrote first: refresh, and decide again.
   */
  append(events: readonly NewEvent[], saga: SagaState): Promise<boolean>;
  /** Reads again if somebody else wrote. @throws TetraError `LEASE_LOST`, `NOT_FOUND`, `IO` */
  refresh(): Promise<void>;
  /** Calls `onChange` whenever somebody else writes, until the signal aborts. */
  watch(onChange: () => void, signal: AbortSignal): Promise<void>;
}

/**
 * Reads the saga of a transaction.
 * @throws TetraError `NOT_FOUND`, `IO`; `NOT_A_SAGA` when its log does not define one, or not one that
 *   this version understands.
 */
export async function readSaga(store: TransactionStore, id: string): Promise<SagaRecord> {
  const lines = await store.read(id);
  const saga = foldSaga(lines);
  if (saga !== undefined) return { transaction: fold(id, lines), saga };
  const isDefined = lines.some(({ event }) => event?.event === "saga_defined");
  throw new TetraError<SagaErrorCode>(
    "NOT_A_SAGA",
    isDefined ? `${id}: its saga cannot be understood` : `${id}: it is no saga`,
    {
      hint: isDefined
        ? "look at the line saga_defined in its log"
        : "name a transaction with steps",
      details: { id },
    },
  );
}

/** What the log of a saga is followed with. */
export interface SagaLogParts {
  readonly lease: Lease;
  /** The saga as it was read after the lease was taken. */
  readonly record: SagaRecord;
  /** Told of every event that is added, once it is durable. */
  readonly onEvent: ((txn: string, event: EventRecord) => void) | undefined;
}

/** The log of the saga that a lease was taken on. */
export function sagaLog(store: TransactionStore, parts: SagaLogParts): SagaLog {
  const { lease, onEvent } = parts;
  const { id, fence } = lease;
  let { record } = parts;
  let isStale = false;

  return {
    current: () => record,

    async append(events, saga) {
      const { revision } = record.transaction;
      try {
        await store.append(id, revision, events, { fence });
      } catch (error) {
        if (!isTetraError(error, "CONFLICT")) throw error;
        isStale = true;
        return false;
      }
      const transaction = events.reduce(evolve, record.transaction);
      record = { transaction: { ...transaction, revision: revision + events.length }, saga };
      if (onEvent === undefined) return true;
      for (const event of seal(revision, events)) onEvent(id, event);
      return true;
    },

    async refresh() {
      if (!isStale) return;
      isStale = false; // before it is read: what comes meanwhile may be missing in it
      record = await readSaga(store, id);
      if (record.transaction.fence > fence) throw leaseLost(id);
    },

    async watch(onChange, signal) {
      for await (const { event } of store.watch(id, { signal })) {
        const isOurs = event?.seq !== undefined && event.seq < record.transaction.revision;
        if (isOurs) continue;
        isStale = true;
        onChange();
      }
    },
  };
}

function leaseLost(id: string): TetraError<SagaErrorCode> {
  return new TetraError("LEASE_LOST", `${id}: another runner carries it on now`, {
    hint: "leave it to that one; its log says who it is",
    details: { id },
  });
}
