import type { EventRecord } from "../transaction/event.ts";
import { text, texts } from "../transaction/field.ts";
import type { LogLine } from "../transaction/log.ts";
import { isFinal, STANDARD } from "../transaction/stage.ts";
import { blankTransaction, evolve, type Transaction } from "../transaction/transaction.ts";
import { ABORT_CAUSES, type AbortCause } from "./two-phase-event.ts";

/** The value of the state's field `protocol`, by which a list tells these transactions from others. */
export const PROTOCOL = "two-phase-commit";

/** What a transaction is going to change, and what that was based on. */
export interface WriteSet {
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}

/** A participant as the log tells it. */
export interface Participation {
  readonly name: string;
  /** Whether it is the only one and commits without preparing. */
  readonly isOnePhase: boolean;
  readonly vote?: "yes" | "no" | "read-only";
  /** Whether it has carried the decision out, or has had its own way for good. */
  readonly isDone: boolean;
  /** What it did by itself, against the decision. */
  readonly heuristic?: "committed" | "rolled_back";
  /** Whether a person has looked after what it did by itself. */
  readonly isSettled: boolean;
  /** Since when it could not be told the decision (milliseconds since the epoch), and the error then. */
  readonly away?: { readonly sinceMs: number; readonly error: string };
}

/** What was decided. */
export type Decision =
  | { readonly outcome: "commit" }
  | { readonly outcome: "abort"; readonly cause: AbortCause; readonly reason: string };

/** A transaction in two-phase commit, as its log tells it. */
export interface TwoPhaseState {
  readonly transaction: Transaction;
  readonly participants: readonly Participation[];
  /** What is published now; empty when nothing is. */
  readonly published: WriteSet;
  readonly decision?: Decision;
  /** Who asked from outside to abort, and why. */
  readonly cancelled?: string;
}

/** Where a transaction is. The original's names are Active, Committing, RollingBack, Committed, RolledBack. */
export type TwoPhase = "active" | "committing" | "rolling_back" | "committed" | "rolled_back";

const NOTHING: WriteSet = { writes: [], reads: [] };

/** A transaction before its first event. */
export function blankTwoPhase(id: string): TwoPhaseState {
  return { transaction: blankTransaction(id), participants: [], published: NOTHING };
}

/** Folds the lines that count. */
export function foldTwoPhase(id: string, lines: readonly LogLine[]): TwoPhaseState {
  let state = blankTwoPhase(id);
  for (const { event, folded } of lines) {
    if (folded && event !== undefined) state = evolveTwoPhase(state, event);
  }
  return state;
}

/** Folds one event in. Total: lines that make no sense change nothing. */
export function evolveTwoPhase(before: TwoPhaseState, event: EventRecord): TwoPhaseState {
  const state = { ...before, transaction: evolve(before.transaction, event) };
  switch (event.event) {
    case "participant_joined":
      return joined(state, event);
    case "write_set":
      return {
        ...state,
        published: { writes: texts(event["keys"]), reads: texts(event["reads"]) },
      };
    case "vote":
      return change(state, event, (one) => ({ ...one, ...voteOf(event) }));
    case "decision":
      // the first one stands, whatever comes later
      return state.decision === undefined ? { ...state, ...decisionOf(event) } : state;
    case "participant_away":
      return change(state, event, (one) => ({
        ...one,
        away: { sinceMs: event.ts_ms ?? 0, error: text(event["error"]) ?? "" },
      }));
    case "participant_done":
      return change(state, event, (one) => done(one, event));
    case "attention_resolved":
      return resolved(state, event);
    case "cancel_requested":
      return { ...state, cancelled: cancelOf(event) };
    default:
      return state;
  }
}

/** Whether the transaction was begun as a two-phase commit. */
export function isTwoPhase({ transaction, participants }: TwoPhaseState): boolean {
  return transaction.state["protocol"] === PROTOCOL || participants.length > 0;
}

/** Who began it, as the caller gave it. */
export function sessionOf({ transaction }: TwoPhaseState): string {
  return text(transaction.state["session"]) ?? "";
}

/** The participants that must still be told the decision. */
export function owed({ participants, decision }: TwoPhaseState): readonly Participation[] {
  if (decision === undefined) return [];
  return participants.filter(({ vote, isDone }) => vote !== "read-only" && !isDone);
}

/** The participants that had their own way, and that nobody has looked after. */
export function unsettled({ participants }: TwoPhaseState): readonly Participation[] {
  return participants.filter(({ heuristic, isSettled }) => heuristic !== undefined && !isSettled);
}

/** The participant that decides alone, when there is one. */
export function soleOf({ participants }: TwoPhaseState): Participation | undefined {
  const [only, ...others] = participants;
  return others.length === 0 && only?.isOnePhase === true ? only : undefined;
}

/** Whether everything has been carried out, except for saying so. */
export function isCarriedOut(state: TwoPhaseState): boolean {
  if (state.decision === undefined) {
    return state.participants.every(({ vote }) => vote === "read-only");
  }
  return owed(state).length === 0 && unsettled(state).length === 0;
}

/** Whether its stage is a final one. */
export function hasFinalStage({ transaction }: TwoPhaseState): boolean {
  return isFinal(STANDARD, transaction.state.stage);
}

/** Whether nothing is left to be done; a stage alone, written by hand, is not enough. */
export function isEnded(state: TwoPhaseState): boolean {
  return hasFinalStage(state) && isCarriedOut(state);
}

/** Where the transaction is. */
export function phaseOf(state: TwoPhaseState): TwoPhase {
  const { decision, transaction } = state;
  if (isEnded(state)) {
    const isCommitted =
      decision === undefined
        ? transaction.state.stage === STANDARD.done
        : decision.outcome === "commit";
    return isCommitted ? "committed" : "rolled_back";
  }
  if (decision === undefined) return "active";
  return decision.outcome === "commit" ? "committing" : "rolling_back";
}

function joined(state: TwoPhaseState, event: EventRecord): TwoPhaseState {
  const name = text(event["participant"]);
  if (name === undefined || state.participants.some((one) => one.name === name)) return state;
  const isOnePhase = event["one_phase"] === true;
  const one: Participation = { name, isOnePhase, isDone: false, isSettled: false };
  return { ...state, participants: [...state.participants, one] };
}

function change(
  state: TwoPhaseState,
  event: EventRecord,
  to: (participation: Participation) => Participation,
): TwoPhaseState {
  const name = text(event["participant"]);
  const participants = state.participants.map((one) => (one.name === name ? to(one) : one));
  return { ...state, participants };
}

function voteOf(event: EventRecord): Pick<Participation, "vote"> {
  const vote = event["vote"];
  return vote === "yes" || vote === "no" || vote === "read-only" ? { vote } : {};
}

function decisionOf(event: EventRecord): Pick<TwoPhaseState, "decision"> {
  if (event["outcome"] === "commit") return { decision: { outcome: "commit" } };
  if (event["outcome"] !== "abort") return {};
  const cause = ABORT_CAUSES.find((known) => known === event["cause"]) ?? "asked";
  return { decision: { outcome: "abort", cause, reason: text(event["reason"]) ?? "" } };
}

function done({ away: _away, ...one }: Participation, event: EventRecord): Participation {
  const heuristic = event["heuristic"];
  return heuristic === "committed" || heuristic === "rolled_back"
    ? { ...one, isDone: true, heuristic }
    : { ...one, isDone: true };
}

function resolved(state: TwoPhaseState, event: EventRecord): TwoPhaseState {
  const names = texts(event["steps"]);
  const isRetry = event["how"] === "retry";
  const participants = state.participants.map((one): Participation => {
    if (!names.includes(one.name) || one.heuristic === undefined) return one;
    if (!isRetry) return { ...one, isSettled: true };
    const { heuristic: _heuristic, ...again } = one;
    return { ...again, isDone: false };
  });
  return { ...state, participants };
}

function cancelOf(event: EventRecord): string {
  return [text(event["by"]), text(event["why"])].filter(Boolean).join(": ");
}
