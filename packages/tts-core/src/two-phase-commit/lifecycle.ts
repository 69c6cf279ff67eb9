import type { EventRecord } from "../transaction/event.ts";
import { text } from "../transaction/field.ts";
import type { LogLine } from "../transaction/log.ts";
import {
  blankTwoPhase,
  evolveTwoPhase,
  isEnded,
  isTwoPhase,
  phaseOf,
  sessionOf,
  type TwoPhaseState,
} from "./two-phase-state.ts";

/** What happened to a transaction, as its log tells it. */
export type LifecycleEvent =
  /** It is there, and its participants are known. */
  | { readonly type: "begun"; readonly id: string; readonly session: string }
  /** Every participant has promised to commit. */
  | { readonly type: "prepared"; readonly id: string }
  /**
   * It cannot be committed, for a reason that nobody asked for: a participant refused, time was over,
   * its coordinator died. `rolled_back` follows.
   */
  | { readonly type: "failed"; readonly id: string; readonly reason: string }
  /** Every participant has committed. */
  | { readonly type: "committed"; readonly id: string }
  /** Every participant has rolled back. */
  | { readonly type: "rolled_back"; readonly id: string; readonly reason: string }
  /** A participant had its own way: the transaction stays open until a person has looked. */
  | {
      readonly type: "attention";
      readonly id: string;
      readonly participant: string;
      readonly reason: string;
    };

/** What one event of the log means, given the states before and after it. */
export function lifecycleOf(
  before: TwoPhaseState,
  event: EventRecord,
  after: TwoPhaseState,
): LifecycleEvent | undefined {
  const { id } = after.transaction;
  if (!isBegun(before) && isBegun(after)) return { type: "begun", id, session: sessionOf(after) };
  if (!isBegun(after)) return undefined;
  if (!isEnded(before) && isEnded(after)) {
    if (phaseOf(after) === "committed") return { type: "committed", id };
    const { decision } = after;
    return {
      type: "rolled_back",
      id,
      reason: decision?.outcome === "abort" ? decision.reason : "",
    };
  }
  if (!isPrepared(before) && isPrepared(after)) return { type: "prepared", id };
  if (before.decision === undefined && after.decision?.outcome === "abort") {
    const { cause, reason } = after.decision;
    return cause === "asked" ? undefined : { type: "failed", id, reason };
  }
  if (event.event === "attention") {
    const participant = text(event["step"]) ?? "";
    return { type: "attention", id, participant, reason: text(event["reason"]) ?? "" };
  }
  return undefined;
}

/** What a whole log means, in order. */
export function lifecycle(id: string, lines: readonly LogLine[]): readonly LifecycleEvent[] {
  let state = blankTwoPhase(id);
  return lines.flatMap(({ event, folded }) => {
    if (!folded || event === undefined) return [];
    const before = state;
    state = evolveTwoPhase(state, event);
    return lifecycleOf(before, event, state) ?? [];
  });
}

/** The field that makes it one comes after the participants. */
function isBegun(state: TwoPhaseState): boolean {
  return isTwoPhase(state) && state.transaction.state["protocol"] !== undefined;
}

function isPrepared({ participants }: TwoPhaseState): boolean {
  return (
    participants.length > 0 &&
    participants.every(({ vote }) => vote === "yes" || vote === "read-only")
  );
}
