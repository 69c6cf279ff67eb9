import type { SagaFailure, SagaState, StepState } from "./saga-state.ts";
import { type Place, shapeOf } from "./shape.ts";

// Whether a saga may turn back, and whether it has to.

/** Whether a step is done: because its action says so, or a person. */
export function isDone(step: StepState | undefined): boolean {
  return step?.status === "completed" || step?.status === "settled";
}

/** Whether a pivot is done, so that there is no way back. */
export function isPastPivot(saga: SagaState): boolean {
  return shapeOf(saga.definition).pivots.some(({ path }) => isDone(saga.steps.get(path)));
}

/** Whether the saga may still turn back: not behind a pivot, nor while one may have taken effect. */
export function canTurnBack(saga: SagaState): boolean {
  return !shapeOf(saga.definition).pivots.some(({ path }) => {
    const step = saga.steps.get(path);
    return step !== undefined && (isDone(step) || step.status === "running" || mayHaveActed(step));
  });
}

/** Whether it is undoing what was done. */
export function isTurnedBack(saga: SagaState): boolean {
  return saga.failure !== undefined || saga.undoes !== undefined;
}

/** Whether an attempt may have taken effect although none is recorded as done. */
export function mayHaveActed({ status, uncertain }: StepState): boolean {
  return status === "running" || uncertain === true;
}

/** The moment at which a place has to be done (milliseconds since the epoch), if there is one. */
export function deadlineOf(saga: SagaState, place: Place): number | undefined {
  const { node, path } = place;
  if (node.type === "step" || !("timeoutMs" in node) || node.timeoutMs === undefined)
    return undefined;
  if (isPlaceDone(saga, place)) return undefined;
  // an answer that is there counts, although nobody has acted on it yet
  if (saga.approved.has(path) || saga.signals.has(path)) return undefined;
  if (node.type !== "approval") return saga.timers.get(path);
  const asked = saga.steps.get(path);
  return asked === undefined ? undefined : asked.startedMs + node.timeoutMs;
}

/** The moment at which the whole saga has to be done, if there is one. */
export function sagaDeadline({ definition, startedMs }: SagaState): number | undefined {
  return definition.timeoutMs === undefined ? undefined : startedMs + definition.timeoutMs;
}

/** Why the saga has to turn back now, if it has to. */
export function reasonToTurnBack(
  saga: SagaState,
  nowMs: number,
): Omit<SagaFailure, "atMs"> | undefined {
  if (isTurnedBack(saga) || !canTurnBack(saga)) return undefined;
  if (saga.cancelled !== undefined) {
    const { by, why } = saga.cancelled;
    return { reason: "cancelled", error: `cancelled by ${by}${why === "" ? "" : `: ${why}`}` };
  }
  const { definition } = saga;
  for (const place of shapeOf(definition).places.values()) {
    const { path, node } = place;
    const step = saga.steps.get(path);
    if (step?.status === "failed") {
      return { reason: "step", step: path, error: step.error ?? "" };
    }
    const word = node.type === "approval" ? saga.rejected.get(path) : undefined;
    if (word !== undefined && !isDone(step)) {
      const error = `rejected by ${word.by}${word.why === "" ? "" : `: ${word.why}`}`;
      return { reason: "rejected", step: path, error };
    }
    const deadline = deadlineOf(saga, place);
    if (deadline !== undefined && deadline <= nowMs) {
      const limitMs = "timeoutMs" in node ? (node.timeoutMs ?? 0) : 0;
      return { reason: "timeout", step: path, error: timedOut(limitMs) };
    }
  }
  const deadline = sagaDeadline(saga);
  return deadline !== undefined && deadline <= nowMs
    ? { reason: "timeout", error: timedOut(deadline - saga.startedMs) }
    : undefined;
}

/** The words for a time that is over. */
export function timedOut(limitMs: number): string {
  return `timed out after ${limitMs % 1000 === 0 ? `${limitMs / 1000} s` : `${limitMs} ms`}`;
}

function isPlaceDone(saga: SagaState, { path, steps }: Place): boolean {
  return steps.length === 0
    ? isDone(saga.steps.get(path))
    : steps.every((place) => isPlaceDone(saga, place));
}
