import type { Clock, Lease, Timer, TransactionStore } from "../ports.ts";
import { decide } from "../transaction/decide.ts";
import { type EventRecord, newEvent, type NewEvent } from "../transaction/event.ts";
import { STANDARD } from "../transaction/stage.ts";
import type { Transaction } from "../transaction/transaction.ts";
import type { ActionRegistry, SecretReader } from "./action.ts";
import { alarmClock } from "./alarm-clock.ts";
import { calling, type Progress } from "./carry-out.ts";
import { evolveSaga } from "./evolve-saga.ts";
import { inbox } from "./inbox.ts";
import { type Call, next, type Next, type Waiting } from "./next.ts";
import { readSaga, type SagaRecord, sagaLog } from "./saga-log.ts";
import type { SagaState } from "./saga-state.ts";
import { settle, type Settlement } from "./settle.ts";
import { type StopSwitch, stopSwitch } from "./stop-switch.ts";

/** What sagas are driven with. */
export interface SagaPorts {
  readonly store: TransactionStore;
  readonly clock: Clock;
  readonly timer: Timer;
  /** A number from 0 up to, but not including, 1. */
  readonly random: () => number;
  readonly actions: ActionRegistry;
  /** Needed by sagas that refer to secrets. */
  readonly secrets?: SecretReader;
  /** How long a call that was told to stop may take to do so, in milliseconds. Default 5,000. */
  readonly graceMs?: number;
  /** Told of every event of the sagas driven here, once it is durable. */
  readonly onEvent?: (txn: string, event: EventRecord) => void;
}

/** How far to drive. */
export interface DriveOptions {
  /** Whether to stay while the saga waits for a moment, a person or a signal. */
  readonly stays: boolean;
  /** Ends the drive where it is, as a crash would: calls under way are interrupted and not recorded. */
  readonly signal?: AbortSignal;
  /** Ends the drive once the calls under way have ended and are recorded; it begins no more. */
  readonly pause?: AbortSignal;
}

/** A saga whose first events were appended when its lease was taken. */
export interface Opening {
  readonly record: SagaRecord;
  readonly events: readonly EventRecord[];
  /** The calls that were recorded as begun. */
  readonly calls: readonly Call[];
}

/** How a drive ended. */
export interface DriveEnd extends SagaRecord {
  /** What it waits for; empty when the saga has ended, or the drive was told to. */
  readonly waiting: readonly Waiting[];
  /** When it wants to be driven again at the latest (milliseconds since the epoch). */
  readonly wakeAtMs?: number;
}

const OVER = new Error("the drive is over");
/** A drive that lasts shorter than this never watches its log for words from outside, in milliseconds. */
const WATCH_AFTER_MS = 50;
/** The shortest time between two records of nothing but progress, in milliseconds. */
const PROGRESS_EVERY_MS = 250;

/**
 * Carries a saga on, under its lease, until it has ended or waits for something outside. Durable before
 * and after each call: S1 to S9 in `next.ts` say what that means.
 *
 * @throws TetraError `NOT_A_SAGA`; `LEASE_LOST` when another runner has taken over; `ACTION_MISSING`;
 *   whatever the store throws. The calls under way are interrupted then, and nothing is taken for a
 *   step's failure.
 */
export async function drive(
  ports: SagaPorts,
  lease: Lease,
  { stays, signal, pause }: DriveOptions,
  opening?: Opening,
): Promise<DriveEnd> {
  const { store, clock, timer, random, graceMs = 5000, onEvent } = ports;
  const record = opening?.record ?? (await readSaga(store, lease.id));
  const log = sagaLog(store, { lease, record, onEvent });
  const carryOut = calling({ ...ports, graceMs }, lease.id);
  const settled = inbox<Settlement>();
  const inFlight = new Map<string, CallUnderWay>();
  const progress = new Map<string, Progress>();
  const over = stopSwitch();
  const alarm = alarmClock(timer, settled.ring);
  const watchFromMs = clock.now() + WATCH_AFTER_MS;
  let progressFromMs = 0;
  let isWatching = false;
  let failure: { readonly error: unknown } | undefined;

  const fail = (error: unknown): void => {
    failure ??= { error };
    settled.ring();
  };

  function begin(call: Call): void {
    const interruption = stopSwitch();
    const { saga } = log.current();
    const onProgress = (said: Progress): void => {
      progress.set(said.step, said);
      settled.ring();
    };
    const ended = carryOut({ call, saga, interruption, onProgress }).then(settled.put, fail);
    inFlight.set(call.path, { interruption, ended });
  }

  /** Everything that is to be recorded now, in one append. */
  function decideAll(ends: readonly Settlement[]): Decision {
    const nowMs = clock.now();
    const { transaction, saga: before } = log.current();
    const events: NewEvent[] = [];
    let saga = before;
    for (const end of ends) {
      const event = settle(saga, end, { nowMs, random });
      events.push(event);
      saga = evolveSaga(saga, event) ?? saga;
    }
    const wanted = next(saga, { txn: lease.id, nowMs, inFlight: new Set(inFlight.keys()) });
    const step = pause?.aborted === true ? withoutCalls(wanted, saga) : wanted;
    events.push(...step.events);
    const rest = ending(transaction, step, nowMs);
    if (events.length > 0 || nowMs >= progressFromMs) {
      for (const said of progress.values())
        rest.unshift(newEvent("step_progress", nowMs, { ...said }));
    }
    saga = rest.reduce((now, event) => evolveSaga(now, event) ?? now, step.saga);
    return { events: [...events, ...rest], step, saga };
  }

  /** Waits for the end of a call, a moment, or a word from outside. */
  async function wait(wakeAtMs = Infinity): Promise<void> {
    if (!isWatching && clock.now() >= watchFromMs) watch();
    const watchAtMs = isWatching ? Infinity : watchFromMs;
    const progressAtMs = progress.size > 0 ? progressFromMs : Infinity;
    alarm.set(Math.min(wakeAtMs, watchAtMs, progressAtMs));
    await settled.wait();
  }

  function watch(): void {
    isWatching = true;
    log.watch(() => settled.ring(), over.signal).catch(fail);
  }

  const stop = (): void => settled.ring();
  signal?.addEventListener("abort", stop);
  pause?.addEventListener("abort", stop);
  try {
    let ends: Settlement[] = [];
    for (const event of opening?.events ?? []) onEvent?.(lease.id, event);
    for (const call of opening?.calls ?? []) begin(call);
    for (;;) {
      if (failure !== undefined) throw failure.error;
      // before the log is read: what rings from here on is not in what was read
      const more = settled.takeAll();
      for (const { call } of more) inFlight.delete(call.path);
      ends.push(...more);
      await log.refresh();
      if (signal?.aborted === true) return { ...log.current(), waiting: [] };
      const { events, step, saga } = decideAll(ends);
      if (events.length > 0) {
        // somebody else wrote: look again, and decide again
        if (!(await log.append(events, saga))) continue;
        progress.clear();
        progressFromMs = clock.now() + PROGRESS_EVERY_MS;
      }
      ends = [];
      if (saga.ended !== undefined) return { ...log.current(), waiting: [] };
      for (const call of step.calls) begin(call);
      if (step.stopsCalls) interrupt(inFlight, (path) => saga.steps.get(path)?.undo === undefined);
      const { waiting, wakeAtMs } = step;
      const isStaying = stays && pause?.aborted !== true;
      if (inFlight.size === 0 && !(isStaying && waiting.some(({ type }) => type !== "attention"))) {
        return { ...log.current(), waiting, ...(wakeAtMs === undefined ? {} : { wakeAtMs }) };
      }
      await wait(wakeAtMs);
    }
  } finally {
    over.stop(OVER);
    alarm.set(Infinity);
    signal?.removeEventListener("abort", stop);
    pause?.removeEventListener("abort", stop);
    interrupt(inFlight, () => true);
    // who gives the lease back must have nothing under way any more
    for (const { ended } of inFlight.values()) await ended;
  }
}

/** What is to be recorded, what is to be done after that, and what it makes of the saga. */
interface Decision {
  readonly events: readonly NewEvent[];
  readonly step: Next;
  readonly saga: SagaState;
}

/** A call that this runner has begun and not taken note of the end of. */
interface CallUnderWay {
  readonly interruption: StopSwitch;
  /** Resolves when it has ended, at the latest some time after it was interrupted. */
  readonly ended: Promise<void>;
}

/** What begins a call is left, all of it, to whoever carries the saga on: it is worked out again then. */
function withoutCalls(step: Next, before: SagaState): Next {
  return step.calls.length === 0 ? step : { ...step, events: [], calls: [], saga: before };
}

/** The events that end the transaction, when the saga has. */
function ending(transaction: Transaction, { end, saga }: Next, atMs: number): NewEvent[] {
  if (end === undefined) return [];
  if (end === "committed") return [...decide(transaction, { type: "commit", atMs }, STANDARD)];
  const { step, error } = saga.failure ?? { step: undefined, error: "" };
  const why = step === undefined ? error : `${step}: ${error}`;
  return [...decide(transaction, { type: "fail", error: why, atMs }, STANDARD)];
}

function interrupt(
  inFlight: ReadonlyMap<string, CallUnderWay>,
  isMeant: (path: string) => boolean,
): void {
  for (const [path, { interruption }] of inFlight) {
    if (isMeant(path)) interruption.stop(new Error("interrupted: the saga does not go on here"));
  }
}
