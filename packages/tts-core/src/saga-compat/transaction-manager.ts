import { isTetraError, TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "../errors.ts";
import type { Clock, Timer, TransactionStore } from "../ports.ts";
import type { Action, ActionRegistry } from "../saga/action.ts";
import { beginning } from "../saga/beginning.ts";
import { foldSaga } from "../saga/evolve-saga.ts";
import type { Json } from "../saga/json.ts";
import type { SagaState } from "../saga/saga-state.ts";
import type { SagaView } from "../saga/saga-view.ts";
import { type Sagas, sagas } from "../saga/sagas.ts";
import { formatPreciseInstant, parseInstant } from "../time.ts";
import { begin, decide } from "../transaction/decide.ts";
import { newEvent, type NewEvent } from "../transaction/event.ts";
import { isFinal, STANDARD } from "../transaction/stage.ts";
import { fold, type Transaction } from "../transaction/transaction.ts";
import { newUuid } from "./new-uuid.ts";
import {
  parseTransaction,
  type TransactionRecord,
  type TransactionResult,
  type TransactionState,
  type TransactionStep,
} from "./record.ts";
import { definitionOf, stepIds } from "./steps.ts";

/** Does an action, or undoes one. What it returns is ignored; throwing means failure. */
export type Handler = (action: string, data: Readonly<Record<string, Json>>) => unknown;

/** What a {@link TransactionManager} works with. */
export interface CompatPorts {
  readonly store: TransactionStore;
  readonly clock: Clock;
  readonly timer: Timer;
  /** A number from 0 up to, but not including, 1. */
  readonly random: () => number;
  /** By the name of the action, or `agent:action`. An action without one counts as done. */
  readonly handlers?: Readonly<Record<string, Handler>>;
}

/** A step to add. */
export interface NewStep {
  readonly agentId: string;
  readonly action: string;
  /** Default: none. */
  readonly data?: Readonly<Record<string, Json>>;
  readonly compensatingAction?: string;
}

/** The field of `state.json` that holds what the original keeps of a transaction. */
const FIELD = "saga_compat";
const TIMED_OUT = "Transaction timed out before commit";
const RUNNER = "saga-compat";
const MOST_ATTEMPTS = 100;

/**
 * The transaction manager of aumai-transactions, over a durable store and the saga engine: the same
 * operations, states and lists. Any process that opens the store sees the same transactions.
 */
export class TransactionManager {
  readonly #ports: CompatPorts;
  readonly #sagas: Sagas;

  constructor(ports: CompatPorts) {
    this.#ports = ports;
    this.#sagas = sagas({ ...ports, actions: registry(ports.handlers ?? {}), runner: RUNNER });
  }

  /** Makes a `pending` transaction. @throws TetraError `IO` */
  async begin(timeoutSeconds = 60): Promise<TransactionRecord> {
    const { clock, random } = this.#ports;
    return this.registerTransaction({
      transaction_id: newUuid(random),
      steps: [],
      state: "pending",
      created_at: formatPreciseInstant(clock.now()),
      timeout_seconds: timeoutSeconds,
    });
  }

  /** Adds a step at the end. @throws TetraError `NOT_FOUND`, `INVALID_STAGE` when it is not pending */
  async addStep(id: string, step: NewStep): Promise<TransactionStep> {
    const { agentId, action, data = {}, compensatingAction = null } = step;
    const added: TransactionStep = {
      step_id: newUuid(this.#ports.random),
      agent_id: agentId,
      action,
      data,
      compensating_action: compensatingAction,
    };
    await this.#change(id, (seen) => {
      refuseUnlessPending(seen, "accept new steps");
      return [this.#kept({ ...seen.record, steps: [...seen.record.steps, added] })];
    });
    return added;
  }

  /**
   * Runs the steps in order; when one fails, the ones before it are undone in reverse.
   * @throws TetraError `NOT_FOUND`, `INVALID_STAGE` when it is not pending
   */
  async commit(id: string): Promise<TransactionResult> {
    const { clock } = this.#ports;
    let record: TransactionRecord | undefined;
    let isOver = false;
    await this.#change(id, (seen) => {
      refuseUnlessPending(seen, "be committed");
      record = seen.record;
      const atMs = clock.now();
      isOver = atMs > (parseInstant(record.created_at) ?? 0) + record.timeout_seconds * 1000;
      if (isOver)
        return decide(seen.transaction, { type: "fail", error: TIMED_OUT, atMs }, STANDARD);
      return record.steps.length > 0
        ? []
        : decide(seen.transaction, { type: "commit", atMs }, STANDARD);
    });
    const { steps = [] } = record ?? {};
    if (isOver) return result(id, "failed", { error: TIMED_OUT });
    if (steps.length === 0) return result(id, "committed", {});
    try {
      await this.#sagas.define(id, definitionOf({ steps }));
    } catch (error) {
      if (!isTetraError(error, "NOT_WAITING")) throw error;
      refuseUnlessPending(await this.#read(id), "be committed"); // somebody else, in the same moment
    }
    const view = await this.#sagas.resume(id);
    return resultOf(view, stepIds({ steps }));
  }

  /**
   * Undoes every step in reverse, whatever state it is in: of a pending one too, although none has run.
   * One that is being carried out is undone as far as it has come.
   * @throws TetraError `NOT_FOUND`, `BUSY` when somebody else is carrying it out.
   */
  async rollback(id: string): Promise<TransactionResult> {
    const { store, clock } = this.#ports;
    const { record, saga } = await this.#read(id);
    const all = record.steps.map((step) => step.step_id).toReversed();
    let view: SagaView | undefined;
    if (saga !== undefined && saga.ended === undefined) {
      view = await this.#sagas.rollback(id, { by: RUNNER, why: "rollback" });
    } else if (record.steps.length > 0) {
      const definition = definitionOf(record);
      const completed = definition.steps.map(({ name }) => ({ step: name }));
      const own = newUuid(this.#ports.random);
      const undo = { txn: id, completed };
      const options = { description: `roll back ${id}` };
      await store.create(own, beginning(own, { definition, options, atMs: clock.now(), undo }));
      view = await this.#sagas.resume(own);
    }
    await this.#change(id, (seen) => {
      const events = [this.#kept({ ...seen.record, state: "rolled_back" })];
      if (isFinal(STANDARD, seen.transaction.state.stage) || seen.saga !== undefined) return events;
      const fail = { type: "fail", error: "rolled back", atMs: clock.now() } as const;
      return [...events, ...decide(seen.transaction, fail, STANDARD)];
    });
    const ids = stepIds(record);
    return {
      ...result(id, "rolled_back", { completed: all }),
      compensated_steps: (view?.compensated ?? []).map((step) => ids.get(step) ?? step),
      attention: attentionOf(view, ids),
    };
  }

  /** A transaction; `undefined` when there is none of this id. */
  async getTransaction(id: string): Promise<TransactionRecord | undefined> {
    try {
      return (await this.#read(id)).record;
    } catch (error) {
      if (isTetraError(error, "NOT_FOUND")) return undefined;
      throw error;
    }
  }

  /** Every transaction that was begun or registered here, newest first. */
  async getAllTransactions(): Promise<readonly TransactionRecord[]> {
    const states = await this.#ports.store.list();
    const ours = states.filter((state) => state[FIELD] !== undefined);
    const found = await Promise.all(ours.map(({ txn_id: id }) => this.getTransaction(id)));
    return found.filter((record) => record !== undefined);
  }

  /**
   * Inserts a transaction that was read from elsewhere, as it is.
   * @throws TetraError `EXISTS`, `INVALID_INPUT`
   */
  async registerTransaction(transaction: TransactionRecord): Promise<TransactionRecord> {
    const record = parseTransaction(transaction, transaction.transaction_id);
    const { transaction_id: id, state, steps } = record;
    const atMs = this.#ports.clock.now();
    const description = `saga of ${steps.length} steps`;
    const fields = { description, target: "@local", agent: "human", atMs };
    const to = STAGE_OF[state];
    const from = STANDARD.working[0] ?? "";
    const move = to === from ? [] : [newEvent("stage_transition", atMs, { from, to })];
    const events = [...begin(id, fields, STANDARD), this.#kept(record), ...move];
    await this.#ports.store.create(id, events);
    return record;
  }

  /** The event that keeps what the original keeps. */
  #kept(record: TransactionRecord): NewEvent {
    const { transaction_id: _same, ...kept } = record;
    return newEvent("txn_update", this.#ports.clock.now(), { changes: { [FIELD]: kept } });
  }

  async #read(id: string): Promise<Seen> {
    const lines = await this.#ports.store.read(id);
    const transaction = fold(id, lines);
    const kept: unknown = transaction.state[FIELD];
    if (typeof kept !== "object" || kept === null) {
      throw new TetraError<TtsErrorCode>("NOT_FOUND", `Transaction not found: ${id}`, {
        hint: "it is a transaction, but none of this interface",
        details: { id },
      });
    }
    const stored = parseTransaction({ ...kept, transaction_id: id }, id);
    const saga = foldSaga(lines);
    const state = stateOf(transaction, stored, saga);
    return { transaction, saga, record: { ...stored, state } };
  }

  /** Decides on what is there now, again and again until nobody else wrote in between. */
  async #change(id: string, decideNow: (seen: Seen) => readonly NewEvent[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const seen = await this.#read(id);
      const events = decideNow(seen);
      try {
        if (events.length > 0)
          await this.#ports.store.append(id, seen.transaction.revision, events);
        return;
      } catch (error) {
        if (!isTetraError(error, "CONFLICT") || attempt >= MOST_ATTEMPTS) throw error;
      }
    }
  }
}

/** A transaction as its log tells it. */
interface Seen {
  readonly transaction: Transaction;
  readonly record: TransactionRecord;
  readonly saga: SagaState | undefined;
}

const STAGE_OF: Readonly<Record<TransactionState, string>> = {
  pending: "NEW",
  active: "EXECUTE",
  committed: STANDARD.done,
  rolled_back: STANDARD.fail,
  failed: STANDARD.fail,
};

/** The state computed from the log, whatever was noted in it. */
function stateOf(
  { state: { stage } }: Transaction,
  noted: TransactionRecord,
  saga: SagaState | undefined,
): TransactionState {
  if (noted.state === "rolled_back" || saga?.failure !== undefined) {
    return saga?.ended === undefined && saga !== undefined && saga.attention.size === 0
      ? "active"
      : "rolled_back";
  }
  if (stage === STANDARD.done) return "committed";
  if (stage === STANDARD.fail) return "failed";
  return stage === "EXECUTE" ? "active" : "pending";
}

function refuseUnlessPending({ record }: Seen, what: string): void {
  const { transaction_id: id, state } = record;
  if (state === "pending") return;
  throw new TetraError<TtsErrorCode>(
    "INVALID_STAGE",
    `${id} (${state}): only pending transactions can ${what}`,
    { hint: "begin a new transaction", details: { id, state } },
  );
}

/** An action that nobody has registered counts as done: the original's dry run. */
function registry(handlers: Readonly<Record<string, Handler>>): ActionRegistry {
  const known = new Map(Object.entries(handlers));
  return {
    find(name, agent): Action {
      const handler = known.get(`${agent ?? ""}:${name}`) ?? known.get(name);
      return async ({ data }) => {
        // what the step was added with: an object of JSON
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        await handler?.(name, data as Readonly<Record<string, Json>>);
      };
    },
  };
}

function resultOf(view: SagaView, ids: ReadonlyMap<string, string>): TransactionResult {
  const idOf = (step: string): string => ids.get(step) ?? step;
  const { failure, id, compensated } = view;
  if (failure === undefined) return result(id, "committed", { completed: [...ids.values()] });
  const failed = failure.step === undefined ? undefined : idOf(failure.step);
  const before = [...ids.values()];
  const done = failed === undefined ? [] : before.slice(0, before.indexOf(failed));
  return {
    ...result(id, "rolled_back", { completed: done.toReversed(), error: failure.error }),
    failed_step: failed ?? null,
    compensated_steps: compensated.map(idOf),
    attention: attentionOf(view, ids),
  };
}

function attentionOf(
  view: SagaView | undefined,
  ids: ReadonlyMap<string, string>,
): TransactionResult["attention"] {
  return (view?.attention ?? []).map(({ step, reason }) => ({
    step_id: ids.get(step) ?? step,
    reason,
  }));
}

function result(
  id: string,
  state: TransactionState,
  { completed = [], error = null }: { completed?: readonly string[]; error?: string | null },
): TransactionResult {
  return {
    transaction_id: id,
    state,
    completed_steps: completed,
    failed_step: null,
    error,
    compensated_steps: [],
    attention: [],
  };
}
