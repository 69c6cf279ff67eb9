import { parseInstant } from "../time.ts";
import { newEvent, type NewEvent } from "../transaction/event.ts";
import type { ActionStep, Compensation } from "./definition.ts";
import { evolveSaga } from "./evolve-saga.ts";
import { resultsOf } from "./results.ts";
import type { Calls, SagaState, StepState } from "./saga-state.ts";
import { type Place, shapeOf } from "./shape.ts";
import {
  canTurnBack,
  deadlineOf,
  isDone,
  isTurnedBack,
  mayHaveActed,
  reasonToTurnBack,
  sagaDeadline,
} from "./turning-back.ts";
import { fillIn } from "./wiring.ts";

// What a saga does next, worked out of nothing but its state, the time, and which calls are under way.
//
// S1. Before an action or a compensation is called, its attempt is recorded as begun.
// S2. A step recorded as done is never called again.
// S3. A step recorded as begun, whose end nobody recorded, is called again with the same key.
// S4. Nothing is undone before the failure is recorded, nor while a call forward is under way.
// S5. Undone are the steps recorded as done and those that may have acted, each if it has a
//     compensation: a sequence from its end, a parallel group all at once.
// S6. A compensation that fails for good needs a person; the others go on.
// S7. Behind a pivot that is done, or may be, the saga does not turn back.
// S8. Times are moments in the log: a restart changes none of them.
// S9. It has ended only when nothing is left to do or undo, and nothing needs a person.

/** A call to make. */
export interface Call {
  readonly path: string;
  readonly direction: "forward" | "back";
  readonly attempt: number;
  readonly key: string;
  readonly node: ActionStep;
}

/** Something from outside without which nothing goes on. */
export interface Waiting {
  readonly type: "approval" | "signal" | "sleep" | "retry" | "attention";
  /** The step's path. */
  readonly step: string;
  /** Until when at the latest (milliseconds since the epoch). */
  readonly untilMs?: number;
}

/** What is to be done now. */
export interface Next {
  /** To be appended, all at once, before anything else. */
  readonly events: readonly NewEvent[];
  /** The saga with these events. */
  readonly saga: SagaState;
  /** To be called once the events are durable. */
  readonly calls: readonly Call[];
  /** Calls forward that are under way are of no use any more. */
  readonly stopsCalls: boolean;
  /** When to look again at the latest, if nothing happens before (milliseconds since the epoch). */
  readonly wakeAtMs?: number;
  readonly waiting: readonly Waiting[];
  /** How it ends, when everything is done. */
  readonly end?: "committed" | "rolled_back";
}

/** What the decision is made on, besides the state. */
export interface Moment {
  /** The transaction's id: idempotency keys begin with it. */
  readonly txn: string;
  readonly nowMs: number;
  /** Paths of the steps that this runner is calling. */
  readonly inFlight: ReadonlySet<string>;
}

/** Works out what is to be done now. */
export function next(saga: SagaState, moment: Moment): Next {
  const events: NewEvent[] = [];
  const calls: Call[] = [];
  let now = saga;
  // each round may open the way for another one: a sleep that is over, an approval that is there
  for (;;) {
    const round = look(now, moment, new Set(calls.map(({ path }) => path)));
    events.push(...round.events);
    calls.push(...round.calls);
    for (const event of round.events) now = evolveSaga(now, event) ?? now;
    if (round.leadsOn) continue;
    const { waiting, wakeAtMs, end } = round;
    return {
      events,
      calls,
      saga: now,
      stopsCalls: isTurnedBack(now),
      waiting,
      ...(wakeAtMs === Infinity ? {} : { wakeAtMs }),
      ...(end === undefined ? {} : { end }),
    };
  }
}

/** What one look at the saga shows. */
interface Round {
  readonly events: NewEvent[];
  readonly calls: Call[];
  readonly waiting: Waiting[];
  wakeAtMs: number;
  /** Whether its events change what is to be seen. */
  leadsOn: boolean;
  end?: "committed" | "rolled_back";
}

interface Looking extends Moment {
  readonly saga: SagaState;
  readonly round: Round;
}

function look(saga: SagaState, moment: Moment, called: ReadonlySet<string>): Round {
  const round: Round = { events: [], calls: [], waiting: [], wakeAtMs: Infinity, leadsOn: false };
  if (saga.ended !== undefined) return round;
  const inFlight = called.size === 0 ? moment.inFlight : new Set([...moment.inFlight, ...called]);
  const looking = { ...moment, inFlight, saga, round };
  const reason = reasonToTurnBack(saga, moment.nowMs);
  if (reason !== undefined) {
    round.events.push(newEvent("saga_failed", moment.nowMs, reason));
    round.leadsOn = true;
  } else if (isTurnedBack(saga)) {
    const isGoingForward = [...inFlight].some((path) => saga.steps.get(path)?.undo === undefined);
    // S4
    if (!isGoingForward && goBack(looking, shapeOf(saga.definition).steps)) {
      if (saga.attention.size === 0)
        round.end = saga.undoes === undefined ? "rolled_back" : "committed";
    }
  } else {
    if (canTurnBack(saga)) wake(looking, sagaDeadline(saga));
    if (goForward(looking, shapeOf(saga.definition).steps)) round.end = "committed";
  }
  for (const step of saga.attention.keys()) round.waiting.push({ type: "attention", step });
  return round;
}

/** @returns whether the sequence is done. */
function goForward(looking: Looking, places: readonly Place[]): boolean {
  return places.every((place) => goForwardAt(looking, place));
}

function goForwardAt(looking: Looking, place: Place): boolean {
  const { saga, nowMs } = looking;
  const { node, steps, path } = place;
  if (saga.steps.get(path)?.status === "failed") return stuck(looking, path);
  if (node.type !== "step" && canTurnBack(saga)) wake(looking, deadlineOf(saga, place));
  if (saga.isDryRun && node.type !== "step" && steps.length === 0) {
    return isDone(saga.steps.get(path)) || finish(looking, path, undefined);
  }
  switch (node.type) {
    case "saga":
      if (node.timeoutMs !== undefined && !saga.timers.has(path)) {
        return setTimer(looking, path, nowMs + node.timeoutMs);
      }
      return goForward(looking, steps);
    case "parallel":
      return steps.map((step) => goForwardAt(looking, step)).every(Boolean);
    case "step":
      return isDone(saga.steps.get(path)) || takeStep(looking, { path, node });
    case "approval":
      return isDone(saga.steps.get(path)) || awaitApproval(looking, path, node.message);
    case "signal":
      return isDone(saga.steps.get(path)) || awaitSignal(looking, path, node.timeoutMs);
    case "sleep":
      return isDone(saga.steps.get(path)) || sleep(looking, place);
  }
}

/** What failed while it could still turn back, `reasonToTurnBack` has seen: there is no way back (S7). */
function stuck({ saga, round, nowMs }: Looking, path: string): false {
  if (!saga.attention.has(path)) {
    const reason = `failed for good, and there is no way back: ${saga.steps.get(path)?.error ?? ""}`;
    round.events.push(newEvent("attention", nowMs, { step: path, reason }));
    round.leadsOn = true;
  }
  return false;
}

/** Begins a step, or begins it again. @returns false: it is not done yet */
function takeStep(looking: Looking, { path, node }: { path: string; node: ActionStep }): false {
  const { saga, round, nowMs, txn } = looking;
  const step = saga.steps.get(path);
  if (!isDue(looking, path, step)) return false;
  const attempt = (step?.attempts ?? 0) + 1;
  const key = `${txn}/${path}`;
  round.events.push(newEvent("step_started", nowMs, { step: path, attempt, key })); // S1
  round.calls.push({ path, direction: "forward", attempt, key, node });
  return false;
}

/** Whether a call is to be made now: it never was, its pause is over, or its runner died (S3). */
function isDue({ inFlight, nowMs, round }: Looking, path: string, calls?: Calls): boolean {
  if (inFlight.has(path)) return false;
  if (calls?.status !== "retrying") return true;
  const untilMs = calls.retryAtMs ?? 0;
  if (untilMs <= nowMs) return true;
  round.waiting.push({ type: "retry", step: path, untilMs });
  round.wakeAtMs = Math.min(round.wakeAtMs, untilMs);
  return false;
}

function awaitApproval(looking: Looking, path: string, message: string | undefined): false {
  const { saga, round, nowMs } = looking;
  if (!saga.steps.has(path)) {
    const asked = message === undefined ? {} : { message };
    round.events.push(newEvent("approval_requested", nowMs, { name: path, step: path, ...asked }));
    round.leadsOn = true;
    return false;
  }
  const word = saga.approved.get(path);
  return word === undefined
    ? wait(looking, { type: "approval", step: path })
    : finish(looking, path, { by: word.by, why: word.why });
}

function awaitSignal(looking: Looking, path: string, timeoutMs: number | undefined): false {
  const { saga, nowMs } = looking;
  if (timeoutMs !== undefined && !saga.timers.has(path)) {
    return setTimer(looking, path, nowMs + timeoutMs);
  }
  return saga.signals.has(path)
    ? finish(looking, path, saga.signals.get(path))
    : wait(looking, { type: "signal", step: path });
}

function sleep(looking: Looking, { path, node }: Place): false {
  const { saga, nowMs } = looking;
  const at = saga.timers.get(path);
  if (at === undefined) {
    const end = endOfSleep(saga, node, nowMs);
    return end === undefined ? failSleep(looking, path) : setTimer(looking, path, end);
  }
  if (at <= nowMs) return finish(looking, path, undefined);
  wake(looking, at);
  return wait(looking, { type: "sleep", step: path, untilMs: at });
}

/** `undefined` when what it refers to is no moment. */
function endOfSleep(saga: SagaState, node: Place["node"], nowMs: number): number | undefined {
  if (node.type !== "sleep") return nowMs;
  if (node.until === undefined) return nowMs + (node.forMs ?? 0);
  const { input } = saga.definition;
  try {
    const until = fillIn(node.until, { input, results: resultsOf(saga) }, new Map());
    if (typeof until === "number") return until;
    return typeof until === "string" ? parseInstant(until) : undefined;
  } catch {
    return undefined; // the result has no such field
  }
}

function failSleep({ round, nowMs }: Looking, step: string): false {
  const error = "the time to sleep until is no moment (milliseconds, or RFC 3339)";
  const failed = { step, attempt: 1, error, outcome: "failed" } as const;
  round.events.push(newEvent("step_failed", nowMs, failed));
  round.leadsOn = true;
  return false;
}

function setTimer({ round, nowMs }: Looking, name: string, at: number): false {
  round.events.push(newEvent("timer_set", nowMs, { name, at: Math.max(0, Math.round(at)) }));
  round.leadsOn = true;
  return false;
}

function finish({ round, nowMs, saga }: Looking, path: string, result: unknown): false {
  const attempt = saga.steps.get(path)?.attempts ?? 1;
  const done = { step: path, attempt, ...(result === undefined ? {} : { result }) };
  round.events.push(newEvent("step_completed", nowMs, done));
  round.leadsOn = true;
  return false;
}

function wait({ round }: Looking, waiting: Waiting): false {
  round.waiting.push(waiting);
  return false;
}

function wake({ round }: Looking, atMs: number | undefined): void {
  if (atMs !== undefined) round.wakeAtMs = Math.min(round.wakeAtMs, atMs);
}

/** S5. @returns whether everything here is undone, or nothing more can be done about it. */
function goBack(looking: Looking, places: readonly Place[]): boolean {
  return places.toReversed().every((place) => goBackAt(looking, place));
}

function goBackAt(looking: Looking, { node, path, steps }: Place): boolean {
  switch (node.type) {
    case "saga":
      return goBack(looking, steps);
    case "parallel":
      return steps.map((step) => goBackAt(looking, step)).every(Boolean);
    case "step":
      return undo(looking, { path, node });
    case "approval":
    case "signal":
    case "sleep":
      return true;
  }
}

function undo(looking: Looking, { path, node }: { path: string; node: ActionStep }): boolean {
  const { saga, round, nowMs, txn, inFlight } = looking;
  const step = saga.steps.get(path);
  if (step === undefined) return true;
  if (step.undo === undefined && inFlight.has(path)) return false; // S4
  const { compensate } = node;
  if (compensate === undefined || !hasToBeUndone(step)) return true;
  const calls = step.undo;
  if (calls?.status === "completed" || calls?.status === "settled") return true;
  if (calls?.status === "failed") {
    if (!saga.attention.has(path)) {
      const reason = `could not be undone: ${calls.error ?? ""}`; // S6
      round.events.push(newEvent("attention", nowMs, { step: path, reason }));
      round.leadsOn = true;
    }
    return true;
  }
  if (!isDue(looking, path, calls)) return false;
  const attempt = (calls?.attempts ?? 0) + 1;
  const key = `${txn}/${path}/undo`;
  round.events.push(newEvent("compensation_started", nowMs, { step: path, attempt, key })); // S1
  round.calls.push({ path, direction: "back", attempt, key, node: asCall(node, compensate) });
  return false;
}

function hasToBeUndone(step: StepState): boolean {
  return isDone(step) || mayHaveActed(step);
}

/** What undoes a step, as a step. */
function asCall(
  { name, agent, data: own }: ActionStep,
  { action, data = own, retry, timeoutMs }: Compensation,
): ActionStep {
  return {
    type: "step",
    name,
    action,
    ...(agent === undefined ? {} : { agent }),
    ...(data === undefined ? {} : { data }),
    ...(retry === undefined ? {} : { retry }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

/** What a saga waits for that nobody is driving. */
export function waitsOf(
  saga: SagaState,
  { txn, nowMs }: Pick<Moment, "txn" | "nowMs">,
): readonly Waiting[] {
  return next(saga, { txn, nowMs, inFlight: callsUnderWay(saga) }).waiting;
}

/** Paths of the actions, or what undoes them, of which the log knows no end. */
export function callsUnderWay(saga: SagaState): ReadonlySet<string> {
  const { places } = shapeOf(saga.definition);
  const isCalled = ([path, step]: readonly [string, StepState]): boolean =>
    places.get(path)?.node.type === "step" && (step.undo ?? step).status === "running";
  return new Set([...saga.steps].filter(isCalled).map(([path]) => path));
}
