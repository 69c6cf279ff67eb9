import { isTetraError, type TetraError } from "@tetra/errors";
import type { SagaDefinition } from "./definition.ts";
import type { SagaPorts } from "./drive.ts";
import { inbox } from "./inbox.ts";
import { next } from "./next.ts";
import { readSaga, type SagaRecord } from "./saga-log.ts";
import type { SagaView } from "./saga-view.ts";
import { sagas } from "./sagas.ts";

// W1. A saga that somebody alive carries on is left to that one: the lease says who may.
// W2. Whatever may have changed is read again before it is decided on; nothing is remembered of a saga
//     but when to look next.
// W3. A saga that waits holds neither a lease nor a place among those that run at once.
// W4. What cannot be carried on here is told once, and looked at again only when its log changes.

/** What a worker does about a saga that nobody alive is seen to carry on. */
export type Verdict =
  /** There is something to do now. */
  | { readonly type: "carry-on" }
  /** It waits, at the latest until `untilMs` (milliseconds since the epoch). */
  | { readonly type: "park"; readonly untilMs?: number }
  | { readonly type: "over" };

/** Decides what a worker does about a saga as it stands. */
export function verdictOn({ saga, transaction }: SagaRecord, nowMs: number): Verdict {
  if (saga.ended !== undefined) return { type: "over" };
  const { events, end, wakeAtMs } = next(saga, { txn: transaction.id, nowMs, inFlight: NOBODY });
  if (events.length > 0 || end !== undefined) return { type: "carry-on" };
  return wakeAtMs === undefined ? { type: "park" } : { type: "park", untilMs: wakeAtMs };
}

const NOBODY: ReadonlySet<string> = new Set();

/** What a worker tells of what it does. */
export type WorkerNote =
  /** The saga has ended, or waits. */
  | { readonly type: "stopped"; readonly txn: string; readonly view: SagaView }
  /** It cannot be carried on here; told once for each reason. */
  | { readonly type: "left"; readonly txn: string; readonly error: TetraError }
  /** Carrying it on failed, though no step of it did; it is tried again at `againAtMs`. */
  | {
      readonly type: "trouble";
      readonly txn: string;
      readonly error: unknown;
      readonly againAtMs: number;
    };

/** How a worker works. */
export interface WorkerOptions {
  /** How many sagas are carried on at once. Default 8. */
  readonly concurrency?: number;
  /** Ends when there is nothing to do at the moment, in place of waiting for more. */
  readonly once?: boolean;
  /** Takes nothing more, lets the steps under way end, begins no more, and ends. */
  readonly signal?: AbortSignal;
  /** Once told to end: how long the steps under way may take, in milliseconds. Default 20,000. */
  readonly patienceMs?: number;
  /** Ends where it is, as a crash would: what was under way is carried on by another one. */
  readonly abort?: AbortSignal;
  /** The definitions that the program has, by name: recorded ones that differ are left alone. */
  readonly expected?: (name: string) => SagaDefinition | undefined;
  readonly onNote?: (note: WorkerNote) => void;
}

/** How soon a saga that somebody else was carrying on is looked at again, in milliseconds. */
const BUSY_AGAIN_MS = 1000;
/** How soon after trouble, in milliseconds; twice as long each time, up to the second. */
const TROUBLE_AGAIN_MS = [1000, 60_000] as const;

/**
 * Carries on every saga whose runner has died or never was, as they come: those that are there, and then
 * whatever changes. Any number of workers may do so on one store.
 * @throws TetraError whatever the store throws when it is asked what there is
 */
export async function work(
  ports: SagaPorts & { readonly runner: string },
  options: WorkerOptions = {},
): Promise<void> {
  const { store, clock, timer } = ports;
  const { concurrency = 8, once = false, signal, patienceMs = 20_000, abort } = options;
  const { expected = () => undefined, onNote = () => {} } = options;
  const engine = sagas(ports);
  const bell = inbox<never>();
  const due = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const resting = new Set<string>();
  const told = new Map<string, string>();
  const troubles = new Map<string, number>();
  const alarm = alarms();
  const over = new AbortController();
  const interruption = new AbortController();
  let failure: { readonly error: unknown } | undefined;

  const ring = (): void => bell.ring();
  const interrupt = (): void => interruption.abort();
  const isStopped = (): boolean => signal?.aborted === true || abort?.aborted === true;

  function look(id: string): void {
    if (resting.has(id)) return; // somebody is at it (W1), or it failed here: the alarm will ring
    if (running.has(id)) again.add(id);
    else due.add(id);
    ring();
  }

  async function follow(changes: AsyncIterator<string>): Promise<void> {
    try {
      // nothing is missed that changes after this first call
      for (let found = await changes.next(); found.done !== true; found = await changes.next()) {
        look(found.value);
      }
    } catch (error) {
      failure ??= { error };
      ring();
    }
  }

  /** Looks at one saga, and does what is to be done. W2 */
  async function attend(id: string): Promise<void> {
    let record: SagaRecord;
    try {
      record = await readSaga(store, id);
    } catch (error) {
      if (isTetraError(error, "NOT_A_SAGA") || isTetraError(error, "NOT_FOUND")) return;
      throw error;
    }
    const verdict = verdictOn(record, clock.now());
    if (verdict.type === "carry-on") await carryOn(id, record);
    if (verdict.type === "park" && verdict.untilMs !== undefined) alarm.set(id, verdict.untilMs); // W3
    if (verdict.type === "over") told.delete(id);
  }

  async function carryOn(id: string, { saga }: SagaRecord): Promise<void> {
    const { name } = saga.definition;
    const definition = expected(name);
    try {
      const view = await engine.resume(id, {
        stays: false,
        signal: interruption.signal,
        ...(signal === undefined ? {} : { pause: signal }),
        ...(definition === undefined ? {} : { expected: definition }),
      });
      troubles.delete(id);
      told.delete(id);
      onNote({ type: "stopped", txn: id, view });
    } catch (error) {
      if (isTetraError(error, "ACTION_MISSING") || isTetraError(error, "DEFINITION_CHANGED")) {
        leave(id, error);
      } else if (isTetraError(error, "BUSY") || isTetraError(error, "LEASE_LOST")) {
        rest(id, BUSY_AGAIN_MS); // W1
      } else {
        throw error;
      }
    }
  }

  /** Does not look at it for a while, whatever happens. */
  function rest(id: string, forMs: number): void {
    resting.add(id);
    alarm.set(id, clock.now() + forMs);
  }

  function leave(id: string, error: TetraError): void {
    if (told.get(id) === error.message) return; // W4
    told.set(id, error.message);
    onNote({ type: "left", txn: id, error });
  }

  function trouble(id: string, error: unknown): void {
    const count = troubles.get(id) ?? 0;
    troubles.set(id, count + 1);
    const [firstMs, mostMs] = TROUBLE_AGAIN_MS;
    const pauseMs = Math.min(mostMs, firstMs * 2 ** count);
    rest(id, pauseMs);
    onNote({ type: "trouble", txn: id, error, againAtMs: clock.now() + pauseMs });
  }

  function begin(id: string): void {
    due.delete(id);
    alarm.delete(id);
    const attending = attend(id)
      .catch((error: unknown) => trouble(id, error))
      .finally(() => {
        running.delete(id);
        if (again.delete(id) && !resting.has(id)) due.add(id);
        ring();
      });
    running.set(id, attending);
  }

  async function wait(): Promise<void> {
    const waiting = new AbortController();
    const atMs = alarm.earliest();
    const races = [bell.wait()];
    if (atMs !== undefined) races.push(timer.until(atMs, waiting.signal));
    await Promise.race(races);
    waiting.abort();
    bell.takeAll();
  }

  signal?.addEventListener("abort", ring);
  abort?.addEventListener("abort", ring);
  abort?.addEventListener("abort", interrupt);
  try {
    if (!once) {
      void follow(store.changes({ signal: over.signal })[Symbol.asyncIterator]());
    }
    const open = await store.list({ stage: "EXECUTE" });
    for (const { txn_id } of open.toReversed()) look(txn_id);
    while (!isStopped()) {
      if (failure !== undefined) throw failure.error;
      for (const id of alarm.ring(clock.now())) {
        resting.delete(id);
        look(id);
      }
      for (const id of due) {
        if (running.size >= concurrency) break;
        begin(id);
      }
      if (once && running.size === 0 && due.size === 0) return;
      await wait();
    }
    await lastOnes();
  } finally {
    over.abort();
    interrupt();
    await Promise.all(running.values());
    signal?.removeEventListener("abort", ring);
    abort?.removeEventListener("abort", ring);
    abort?.removeEventListener("abort", interrupt);
  }

  /** Waits for what is under way, but not for ever. */
  async function lastOnes(): Promise<void> {
    if (running.size === 0 || abort?.aborted === true) return;
    const waiting = new AbortController();
    const patience = timer.until(clock.now() + patienceMs, waiting.signal);
    const aborted = new Promise<void>((resolve) => {
      abort?.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([Promise.all(running.values()), patience, aborted]);
    waiting.abort();
  }
}

/** Moments to look again, by id. */
interface Alarms {
  set(id: string, atMs: number): void;
  delete(id: string): void;
  earliest(): number | undefined;
  /** Takes out those whose moment has come. */
  ring(nowMs: number): readonly string[];
}

function alarms(): Alarms {
  const moments = new Map<string, number>();
  // never later than the earliest; looked for anew only once it has passed
  let earliestMs = Infinity;
  return {
    set(id, atMs) {
      moments.set(id, atMs);
      earliestMs = Math.min(earliestMs, atMs);
    },
    delete: (id) => void moments.delete(id),
    earliest: () => (moments.size === 0 ? undefined : earliestMs),
    ring(nowMs) {
      if (earliestMs > nowMs) return [];
      const rung = [...moments].filter(([, atMs]) => atMs <= nowMs).map(([id]) => id);
      for (const id of rung) moments.delete(id);
      earliestMs = Infinity;
      for (const atMs of moments.values()) earliestMs = Math.min(earliestMs, atMs);
      return rung;
    },
  };
}
