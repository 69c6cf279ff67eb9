import { count, record, text, texts } from "../transaction/field.ts";
import type { EventRecord } from "../transaction/event.ts";
import type { LogLine } from "../transaction/log.ts";
import { STANDARD } from "../transaction/stage.ts";
import { checkDefinition } from "./check-definition.ts";
import type { SagaDefinition } from "./definition.ts";
import { shapeOf } from "./shape.ts";
import { noSteps } from "./step-states.ts";
import type { Calls, SagaFailure, SagaState, StepState, Word } from "./saga-state.ts";

/** The saga that a log tells of; `undefined` when there is none, or none that can be understood. */
export function foldSaga(lines: readonly LogLine[]): SagaState | undefined {
  let saga: SagaState | undefined;
  for (const { event, folded } of lines) {
    if (folded && event !== undefined) saga = evolveSaga(saga, event);
  }
  return saga;
}

/** Folds one event in. Total: lines that make no sense change nothing. */
export function evolveSaga(saga: SagaState | undefined, event: EventRecord): SagaState | undefined {
  if (saga === undefined) return event.event === "saga_defined" ? begun(event) : undefined;
  switch (event.event) {
    case "step_started":
      return withStep(saga, event, (step) => started(step, event));
    case "step_completed":
      return withStep(saga, event, (step) => ({ ...completed(step, event), ...resultOf(event) }));
    case "step_failed":
      return withStep(saga, event, (step) => failed(step, event));
    case "step_progress":
      return withStep(saga, event, (step) => ({ ...step, ...progressOf(event) }));
    case "saga_failed":
      return { ...saga, failure: failureOf(event) };
    case "compensation_started":
      return withUndo(saga, event, (undo) => started(undo, event));
    case "compensation_completed":
      return withUndo(saga, event, (undo) => completed(undo, event));
    case "compensation_failed":
      return withUndo(saga, event, (undo) => failed(undo, event));
    case "attention":
      return {
        ...saga,
        attention: put(saga.attention, event, "step", text(event["reason"]) ?? ""),
      };
    case "attention_resolved":
      return texts(event["steps"]).reduce((all, path) => resolved(all, path, event), saga);
    case "approval_requested":
      return withStep(saga, event, (step) => started(step, event));
    case "approval_approved":
      return { ...saga, approved: put(saga.approved, event, "name", wordOf(event)) };
    case "approval_rejected":
      return { ...saga, rejected: put(saga.rejected, event, "name", wordOf(event)) };
    case "signal_received":
      return { ...saga, signals: put(saga.signals, event, "name", event["value"]) };
    case "timer_set":
      return { ...saga, timers: put(saga.timers, event, "name", count(event["at"]) ?? 0) };
    case "cancel_requested":
      return saga.cancelled === undefined ? { ...saga, cancelled: wordOf(event) } : saga;
    case "undone_by":
      return { ...saga, undoneBy: text(event["txn"]) ?? "" };
    case "stage_transition":
      return ended(saga, text(event["to"]));
    default:
      return saga;
  }
}

function begun(event: EventRecord): SagaState | undefined {
  const definition = definitionOf(event["definition"]);
  if (definition === undefined) return undefined;
  const undo = record(event["undo"]);
  const undoes = text(undo["txn"]);
  const startedMs = event.ts_ms ?? 0;
  const done = undoes === undefined ? [] : doneElsewhere(undo["completed"], startedMs);
  return {
    definition,
    digest: text(event["digest"]) ?? "",
    startedMs,
    isDryRun: event["dry_run"] === true,
    ...(undoes === undefined ? {} : { undoes }),
    steps: done.reduce((all, [path, step]) => all.with(path, step), noSteps(shapeOf(definition))),
    approved: new Map(),
    rejected: new Map(),
    signals: new Map(),
    timers: new Map(),
    attention: new Map(),
  };
}

function definitionOf(value: unknown): SagaDefinition | undefined {
  try {
    return checkDefinition(value);
  } catch {
    return undefined; // whoever wants to run it is told; the fold has to go on
  }
}

function doneElsewhere(value: unknown, atMs: number): readonly [string, StepState][] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown): [string, StepState][] => {
    const fields = record(entry);
    const step = text(fields["step"]);
    if (step === undefined) return [];
    const done = { status: "completed", attempts: 1, failures: 0, startedMs: atMs } as const;
    return [[step, { ...done, ...resultOf(fields) }]];
  });
}

const UNTOUCHED: StepState = { status: "running", attempts: 0, failures: 0, startedMs: 0 };

function withStep(
  saga: SagaState,
  event: EventRecord,
  change: (step: StepState) => StepState,
): SagaState {
  const path = text(event["step"]);
  if (path === undefined) return saga;
  const { steps } = saga;
  return {
    ...saga,
    steps: steps.with(
      path,
      change(steps.get(path) ?? { ...UNTOUCHED, startedMs: event.ts_ms ?? 0 }),
    ),
  };
}

function withUndo(saga: SagaState, event: EventRecord, change: (undo: Calls) => Calls): SagaState {
  return withStep(saga, event, (step) => ({
    ...step,
    undo: change(step.undo ?? { ...UNTOUCHED, startedMs: event.ts_ms ?? 0 }),
  }));
}

/** An attempt that begins while another was never recorded as ended: that one may have taken effect. */
function started<C extends Calls>(calls: C, event: EventRecord): C {
  const { retryAtMs: _due, ...rest } = calls;
  const wasInterrupted = calls.status === "running" && calls.attempts > 0;
  // the fields left out are optional ones
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return {
    ...rest,
    status: "running",
    attempts: count(event["attempt"]) ?? calls.attempts + 1,
    ...(wasInterrupted ? { uncertain: true } : {}),
  } as unknown as C;
}

function completed<C extends Calls>(calls: C, event: EventRecord): C {
  const { error: _old, retryAtMs: _due, ...rest } = calls;
  // the fields left out are optional ones
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { ...rest, status: "completed", endedMs: event.ts_ms ?? 0 } as unknown as C;
}

function failed<C extends Calls>(calls: C, event: EventRecord): C {
  const retryAtMs = count(event["retry_at"]);
  return {
    ...calls,
    status: retryAtMs === undefined ? "failed" : "retrying",
    failures: calls.failures + 1,
    endedMs: event.ts_ms ?? 0,
    error: text(event["error"]) ?? "",
    ...(retryAtMs === undefined ? {} : { retryAtMs }),
    ...(event["outcome"] === "unknown" ? { uncertain: true } : {}),
  };
}

function resultOf(fields: Readonly<Record<string, unknown>>): Partial<StepState> {
  const resultFile = text(fields["result_file"]);
  if (resultFile !== undefined) return { resultFile };
  return fields["result"] === undefined ? {} : { result: fields["result"] };
}

function progressOf(event: EventRecord): Pick<StepState, "progress"> {
  const { fraction } = event;
  const message = text(event["message"]) ?? "";
  return { progress: typeof fraction === "number" ? { message, fraction } : { message } };
}

function failureOf(event: EventRecord): SagaFailure {
  const step = text(event["step"]);
  const reason = text(event["reason"]);
  return {
    error: text(event["error"]) ?? "",
    reason:
      reason === "timeout" || reason === "cancelled" || reason === "rejected" ? reason : "step",
    atMs: event.ts_ms ?? 0,
    ...(step === undefined ? {} : { step }),
  };
}

/** What a person looked after is tried again with all its retries, or counts as done. */
function resolved(saga: SagaState, path: string, event: EventRecord): SagaState {
  const step = saga.steps.get(path);
  if (step === undefined || !saga.attention.has(path)) return saga;
  const attention = new Map(saga.attention);
  attention.delete(path);
  const again = <C extends Calls>(calls: C): C => ({
    ...calls,
    ...(event["how"] === "settled"
      ? { status: "settled" }
      : { status: "retrying", failures: 0, retryAtMs: event.ts_ms ?? 0 }),
  });
  const changed = step.undo === undefined ? again(step) : { ...step, undo: again(step.undo) };
  return { ...saga, attention, steps: saga.steps.with(path, changed) };
}

function ended(saga: SagaState, stage: string | undefined): SagaState {
  if (stage === STANDARD.done) return { ...saga, ended: "done" };
  return stage === STANDARD.fail ? { ...saga, ended: "failed" } : saga;
}

function put<T>(
  map: ReadonlyMap<string, T>,
  event: EventRecord,
  key: string,
  value: T,
): ReadonlyMap<string, T> {
  const name = text(event[key]);
  return name === undefined ? map : new Map(map).set(name, value);
}

function wordOf(event: EventRecord): Word {
  return { by: text(event["by"]) ?? "", why: text(event["why"]) ?? "" };
}
