import { isTetraError, TetraError } from "@tetra/errors";
import { newIds } from "../new-id.ts";
import type { Lease } from "../ports.ts";
import { type NewEvent, seal } from "../transaction/event.ts";
import { isFinal, STANDARD } from "../transaction/stage.ts";
import { evolve, fold } from "../transaction/transaction.ts";
import {
  beginning,
  defining,
  definitionWith,
  type DefineOptions,
  descriptionOf,
  type StartOptions,
} from "./beginning.ts";
import { checkDefinition } from "./check-definition.ts";
import { decideSaga, type SagaCommand } from "./decide-saga.ts";
import { differences } from "./definition-differences.ts";
import type { SagaDefinition } from "./definition.ts";
import { drive, type DriveOptions, type Opening, type SagaPorts } from "./drive.ts";
import type { SagaErrorCode } from "./errors.ts";
import { evolveSaga, foldSaga } from "./evolve-saga.ts";
import { missingActions } from "./missing-actions.ts";
import { next } from "./next.ts";
import { readSaga, type SagaRecord } from "./saga-log.ts";
import type { SagaState, Word } from "./saga-state.ts";
import { type SagaView, viewOf } from "./saga-view.ts";
import { refuseUndo, undoing, undoTransaction } from "./undo.ts";

/** How far a saga is carried. */
export interface RunOptions {
  /**
   * Whether to stay while it waits for a moment, a person or a signal. Otherwise the drive ends there,
   * and any process may carry it on later. Default true.
   */
  readonly stays?: boolean;
  /** Ends the drive where it is, as a crash would: somebody may carry it on later. */
  readonly signal?: AbortSignal;
  /** Ends the drive once the calls under way have ended: somebody may carry it on later. */
  readonly pause?: AbortSignal;
}

/** How to carry on. */
export interface ResumeOptions extends RunOptions {
  /** The definition as the program has it now. When the recorded one differs, nothing is run. */
  readonly expected?: SagaDefinition;
}

/**
 * Everything people and programs do with sagas, over any store. An `id` is a transaction's whole id.
 * All methods but `run` and `start` throw `NOT_FOUND` and `NOT_A_SAGA`; all throw `IO` when the store
 * fails.
 */
export interface Sagas {
  /**
   * Starts a saga and carries it to its end, or as far as it goes.
   * @throws TetraError `INVALID_SAGA`, `ACTION_MISSING`, before anything is recorded; `LEASE_LOST`.
   */
  run(definition: SagaDefinition, options?: StartOptions & RunOptions): Promise<SagaView>;
  /**
   * Records a saga for somebody else to carry out.
   * @returns the transaction's id.
   * @throws TetraError `INVALID_SAGA`
   */
  start(definition: SagaDefinition, options?: StartOptions): Promise<string>;
  /**
   * Makes an open transaction a saga, for somebody to carry out.
   * @throws TetraError `INVALID_SAGA`; `NOT_WAITING` when it is a saga already, or has ended.
   */
  define(id: string, definition: SagaDefinition, options?: DefineOptions): Promise<SagaView>;
  /**
   * Carries on what nobody does: after a crash, or once what it waited for is there.
   * @throws TetraError `BUSY` when somebody alive does; `DEFINITION_CHANGED`, `ACTION_MISSING`, before
   *   anything is run; `LEASE_LOST`.
   */
  resume(id: string, options?: ResumeOptions): Promise<SagaView>;
  /**
   * Asks for it to be undone. Its runner does so at once; without one, whoever resumes it next.
   * @throws TetraError `PAST_PIVOT`, `NOT_WAITING` when it has ended.
   */
  cancel(id: string, word: Word): Promise<SagaView>;
  /**
   * Allows what it waits for. Without a step, the only approval that is waited for is meant.
   * @throws TetraError `NOT_WAITING`
   */
  approve(id: string, word: Word, step?: string): Promise<SagaView>;
  /** Refuses it: the saga turns back. @throws TetraError `NOT_WAITING`, `PAST_PIVOT` */
  reject(id: string, word: Word, step?: string): Promise<SagaView>;
  /** Tells it that something has happened outside. @throws TetraError `NOT_WAITING` */
  signal(
    id: string,
    signal: { readonly step: string; readonly value?: unknown; readonly by: string },
  ): Promise<SagaView>;
  /**
   * Records that a person looked after what needs attention: it is tried again with all its retries, or
   * taken as settled. Then resume it.
   * @throws TetraError `NOT_WAITING` when nothing of that needs attention.
   */
  resolve(
    id: string,
    resolution: Word & { readonly steps?: readonly string[]; readonly how: "retry" | "settled" },
  ): Promise<SagaView>;
  /** Cancels it and undoes here what was done. @throws TetraError as `cancel` and `resume` do */
  rollback(id: string, word: Word, options?: RunOptions): Promise<SagaView>;
  /**
   * Undoes a committed saga as a transaction of its own, linked both ways. Called again after a crash it
   * goes on with that one.
   * @throws TetraError `NOT_WAITING` when it was not committed; `PAST_PIVOT` when a pivot was passed;
   *   `ACTION_MISSING`.
   */
  undo(id: string, options?: StartOptions & RunOptions): Promise<SagaView>;
  /** A saga as it stands. */
  view(id: string): Promise<SagaView>;
}

/** Somebody else made progress each time one lost a race; a store that is broken would go on for ever. */
const MOST_ATTEMPTS = 100;

/** Makes what runs sagas. It keeps nothing: any number of them may work on one store. */
export function sagas(ports: SagaPorts & { readonly runner: string }): Sagas {
  const { store, clock, actions, runner } = ports;
  const freeIds = newIds(clock);
  const seen = (record: SagaRecord): SagaView => viewOf(record, clock.now());

  async function run(
    wanted: SagaDefinition,
    options: StartOptions & RunOptions = {},
  ): Promise<SagaView> {
    const definition = definitionWith(wanted, options.input);
    if (options.dryRun !== true) refuseMissing(definition);
    const { opening, lease } = await openLeased(definition, options);
    return driveOn(lease, options, opening);
  }

  /** Creates the transaction, takes its lease and records what begins, all in one append. */
  async function openLeased(
    definition: SagaDefinition,
    options: StartOptions,
  ): Promise<{ lease: Lease; opening: Opening }> {
    return freeIds.create(descriptionOf(definition, options), async (id, atMs) => {
      const events = beginning(id, { definition, options, atMs });
      let opening: Opening | undefined;
      const lease = await store.createLeased(
        id,
        events,
        { name: runner, atMs },
        {
          decide(transaction) {
            const sealed = seal(0, events);
            const saga = sealed.reduce(evolveSaga, undefined);
            if (saga === undefined)
              throw new Error(`${definition.name}: its own definition is no saga`);
            const step = next(saga, { txn: id, nowMs: atMs, inFlight: new Set() });
            const begun = seal(transaction.revision, step.events);
            const record = { transaction: begun.reduce(evolve, transaction), saga: step.saga };
            opening = { record, events: [...sealed, ...begun], calls: step.calls };
            return step.events;
          },
        },
      );
      if (opening === undefined) throw new Error(`${id}: the store did not ask what to append`);
      return { lease, opening };
    });
  }

  async function driveOn(
    lease: Lease,
    { stays = true, signal, pause }: RunOptions,
    opening?: Opening,
  ): Promise<SagaView> {
    const options: DriveOptions = {
      stays,
      ...(signal === undefined ? {} : { signal }),
      ...(pause === undefined ? {} : { pause }),
    };
    try {
      return seen(await drive(ports, lease, options, opening));
    } finally {
      await lease.release();
    }
  }

  async function resume(id: string, options: ResumeOptions = {}): Promise<SagaView> {
    const record = await readSaga(store, id);
    const { saga } = record;
    if (saga.ended !== undefined) return seen(record);
    if (options.expected !== undefined) refuseChanged(id, saga.definition, options.expected);
    if (!saga.isDryRun) refuseMissing(saga.definition, { id, saga });
    return driveOn(await store.lease(id, { name: runner, atMs: clock.now() }), options);
  }

  function refuseMissing(
    definition: SagaDefinition,
    open?: { readonly id: string; readonly saga: SagaState },
  ): void {
    const [first, ...others] = missingActions(definition, actions, open?.saga);
    if (first === undefined) return;
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    throw new TetraError<SagaErrorCode>(
      "ACTION_MISSING",
      `${open?.id ?? definition.name}: no action ${first.action}, for ${first.step}${more}`,
      {
        hint: "register it, then try again; nothing was run",
        details: { missing: [first, ...others] },
      },
    );
  }

  async function tell(id: string, command: SagaCommand): Promise<SagaView> {
    await change(id, async () => {
      const record = await readSaga(store, id);
      const { revision } = record.transaction;
      return { revision, events: decideSaga(record, command, clock.now()) };
    });
    return seen(await readSaga(store, id));
  }

  async function define(
    id: string,
    wanted: SagaDefinition,
    options: DefineOptions = {},
  ): Promise<SagaView> {
    const definition = definitionWith(wanted, options.input);
    await change(id, async () => {
      const lines = await store.read(id);
      const { state, revision } = fold(id, lines);
      if (isFinal(STANDARD, state.stage) || foldSaga(lines) !== undefined) {
        throw new TetraError<SagaErrorCode>(
          "NOT_WAITING",
          `${id} (${state.stage}): takes no steps`,
          {
            hint: "start a new saga",
            details: { id, stage: state.stage },
          },
        );
      }
      const atMs = clock.now();
      return { revision, events: defining(definition, { options, atMs, from: state.stage }) };
    });
    return seen(await readSaga(store, id));
  }

  /** Decides on what is there now, again and again until nobody else wrote in between. */
  async function change(
    id: string,
    decideNow: () => Promise<{ revision: number; events: readonly NewEvent[] }>,
  ): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const { revision, events } = await decideNow();
      try {
        if (events.length > 0) await store.append(id, revision, events);
        return;
      } catch (error) {
        if (!isTetraError(error, "CONFLICT") || attempt >= MOST_ATTEMPTS) throw error;
      }
    }
  }

  async function undo(id: string, options: StartOptions & RunOptions = {}): Promise<SagaView> {
    const record = await readSaga(store, id);
    refuseUndo(record);
    refuseMissing(record.saga.definition, { id, saga: undoing(record) });
    return resume(await undoTransaction({ store, clock, freeIds }, record, options), options);
  }

  return {
    run,
    async start(wanted, options = {}) {
      const definition = definitionWith(wanted, options.input);
      return freeIds.create(descriptionOf(definition, options), async (id, atMs) => {
        await store.create(id, beginning(id, { definition, options, atMs }));
        return id;
      });
    },
    define,
    resume,
    cancel: (id, word) => tell(id, { type: "cancel", ...word }),
    approve: (id, word, step) => tell(id, { type: "approve", ...word, ...stepOf(step) }),
    reject: (id, word, step) => tell(id, { type: "reject", ...word, ...stepOf(step) }),
    signal: (id, signal) => tell(id, { type: "signal", ...signal }),
    resolve: (id, resolution) => tell(id, { type: "resolve", ...resolution }),
    async rollback(id, word, options) {
      await tell(id, { type: "cancel", ...word });
      return resume(id, options);
    },
    undo,
    view: async (id) => seen(await readSaga(store, id)),
  };
}

function stepOf(step: string | undefined): { step?: string } {
  return step === undefined ? {} : { step };
}

function refuseChanged(id: string, recorded: SagaDefinition, expected: SagaDefinition): void {
  const changes = differences(recorded, checkDefinition(expected));
  const [first, ...others] = changes;
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  throw new TetraError<SagaErrorCode>(
    "DEFINITION_CHANGED",
    `${id}: the saga ${recorded.name} has changed since it was started: ${first}${more}`,
    {
      hint: "resume it as it was recorded, or cancel it and start anew; nothing was run",
      details: { id, changes },
    },
  );
}
