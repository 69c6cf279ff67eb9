import { newEvent, type NewEvent } from "../transaction/event.ts";
import type { Call } from "./next.ts";
import { ONCE, pauseAfter, PERSISTENT } from "./retry.ts";
import type { SagaState } from "./saga-state.ts";
import { canTurnBack, isTurnedBack } from "./turning-back.ts";

/** How a call ended, as it is to be recorded: masked, and of a size for the log. */
export type Settlement =
  | { readonly type: "completed"; readonly call: Call; readonly result?: unknown }
  | { readonly type: "stored"; readonly call: Call; readonly resultFile: string }
  | {
      readonly type: "failed";
      readonly call: Call;
      readonly error: string;
      /** It was interrupted: it may have taken effect. */
      readonly isUncertain: boolean;
    };

/** Decides what is recorded of a call that has ended: also whether, and when, it is made again. */
export function settle(
  saga: SagaState,
  settlement: Settlement,
  { nowMs, random }: { readonly nowMs: number; readonly random: () => number },
): NewEvent {
  const { path: step, attempt, direction } = settlement.call;
  const isBack = direction === "back";
  if (settlement.type !== "failed") {
    if (isBack) return newEvent("compensation_completed", nowMs, { step, attempt });
    const kept = keptOf(settlement);
    return newEvent("step_completed", nowMs, { step, attempt, ...kept });
  }
  const { error } = settlement;
  const retryAt = retryAtMs(saga, settlement, { nowMs, random });
  const again = retryAt === undefined ? {} : { retry_at: retryAt };
  if (isBack) return newEvent("compensation_failed", nowMs, { step, attempt, error, ...again });
  const outcome = settlement.isUncertain ? "unknown" : "failed";
  return newEvent("step_failed", nowMs, { step, attempt, error, outcome, ...again });
}

function keptOf(
  end: Exclude<Settlement, { type: "failed" }>,
): { result_file: string } | { result?: unknown } {
  if (end.type === "stored") return { result_file: end.resultFile };
  return end.result === undefined ? {} : { result: end.result };
}

function retryAtMs(
  saga: SagaState,
  { call, isUncertain }: Extract<Settlement, { type: "failed" }>,
  { nowMs, random }: { readonly nowMs: number; readonly random: () => number },
): number | undefined {
  const { path, direction, node } = call;
  const isBack = direction === "back";
  // forward calls of a saga that has turned back are of no use any more
  if (!isBack && isTurnedBack(saga)) return undefined;
  const step = saga.steps.get(path);
  const failures = ((isBack ? step?.undo : step)?.failures ?? 0) + 1;
  // a pivot that may have acted cannot be undone, so it has to succeed
  const mayBePivot = node.pivot === true && (isUncertain || step?.uncertain === true);
  const mustSucceed = isBack || mayBePivot || isBehindPivot(saga, path);
  const policy = node.retry ?? (mustSucceed ? PERSISTENT : ONCE);
  if (failures >= policy.maxAttempts) return undefined;
  return nowMs + pauseAfter(failures, policy, random);
}

/** Whether there is no way back from this step, other than by its own failure. */
function isBehindPivot(saga: SagaState, path: string): boolean {
  return !canTurnBack({ ...saga, steps: saga.steps.without(path) });
}
