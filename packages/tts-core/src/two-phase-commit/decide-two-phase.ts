import { TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "../errors.ts";
import { begin, decide } from "../transaction/decide.ts";
import { type NewEvent, newEvent } from "../transaction/event.ts";
import { STANDARD } from "../transaction/stage.ts";
import type { TwoPhaseErrorCode } from "./errors.ts";
import type { AbortCause } from "./two-phase-event.ts";
import {
  evolveTwoPhase,
  hasFinalStage,
  isCarriedOut,
  isEnded,
  phaseOf,
  PROTOCOL,
  soleOf,
  type TwoPhaseState,
  unsettled,
  type WriteSet,
} from "./two-phase-state.ts";

// Two-phase commit over the transaction's own log, with presumed abort.
//
// T1.  No participant is told to commit before `decision: commit` is durable. A sole participant that
//      commits in one phase is the decision itself; the log only repeats it.
// T2.  No decision to commit without the vote of every participant, each `yes` or `read-only`.
// T3.  No decision in the log means abort, whoever looks.
// T4.  The first decision stands; there is never a second one.
// T5.  The decision is told to every participant until each has carried it out, however often that
//      takes; one that voted `read-only` has left and is told nothing.
// T6.  `DONE` or `FAIL` is written last. What a participant decided against the decision keeps the
//      transaction open until a person has looked.
// T7.  Every append carries the fence of our lease. Who finds a newer one stops at once.
// T8.  What the store throws ends the drive. It is never a vote, and never taken for an absent resource.
// T9.  A write set is durable before anybody is asked to prepare. Who goes on has, after that, seen no
//      other open transaction's published set meet its own: of two, one sees the other.
// T10. The sole participant is asked how its commit ended before abort is recorded.

/** Why a transaction is to be aborted. */
export interface AbortReason {
  readonly cause: AbortCause;
  readonly reason: string;
}

/** A participant's answer to `prepare`. */
export interface Ballot {
  readonly participant: string;
  readonly vote: "yes" | "no" | "read-only";
  /** Why it votes no. */
  readonly reason?: string;
}

/** How telling a participant the decision went. */
export type Report =
  | { readonly participant: string; readonly type: "done" }
  | { readonly participant: string; readonly type: "heuristic"; readonly reason: string }
  | { readonly participant: string; readonly type: "away"; readonly error: string };

/** What the coordinator wants recorded. */
export type TwoPhaseCommand =
  | ({ readonly type: "publish" } & WriteSet)
  /** Every participant has answered. */
  | { readonly type: "conclude"; readonly ballots: readonly Ballot[] }
  | ({ readonly type: "abort" } & AbortReason)
  /** The sole participant has committed by itself, or has not. */
  | ({ readonly type: "sole"; readonly isCommitted: boolean } & AbortReason)
  /** The decision was told. */
  | { readonly type: "report"; readonly reports: readonly Report[] }
  /** A person looked after participants that had their own way. */
  | {
      readonly type: "resolve";
      readonly participants: readonly string[];
      readonly how: "retry" | "settled";
      readonly by: string;
      readonly why: string;
    };

/** A new transaction. */
export interface TwoPhaseBeginning {
  readonly description: string;
  readonly session: string;
  readonly target: string;
  readonly agent: string;
  readonly participants: readonly string[];
  /** Whether the only participant commits without preparing. */
  readonly isOnePhase: boolean;
  readonly atMs: number;
}

/**
 * The first events: whoever sees the transaction sees who takes part.
 * @throws TetraError `INVALID_INPUT` when the description is empty.
 */
export function beginTwoPhase(id: string, beginning: TwoPhaseBeginning): readonly NewEvent[] {
  const { session, participants, isOnePhase, atMs } = beginning;
  const first = begin(id, beginning, STANDARD);
  const [from = ""] = STANDARD.working;
  return [
    ...first,
    newEvent("stage_transition", atMs, { from, to: "EXECUTE" }),
    ...participants.map((participant) =>
      newEvent("participant_joined", atMs, {
        participant,
        ...(isOnePhase ? { one_phase: true } : {}),
      }),
    ),
    newEvent("txn_update", atMs, { changes: { protocol: PROTOCOL, session } }),
  ];
}

/**
 * Decides what a command would write to the log; changes nothing.
 * @throws TetraError `INVALID_STAGE` when it is too late for it.
 */
export function decideTwoPhase(
  state: TwoPhaseState,
  command: TwoPhaseCommand,
  atMs: number,
): readonly NewEvent[] {
  switch (command.type) {
    case "publish":
      refuseDecided(state);
      return [...backToExecute(state, atMs), publish(command, atMs)];
    case "conclude":
      refuseDecided(state); // T4
      return withEnd(state, conclude(state, command.ballots, atMs), atMs);
    case "abort": {
      refuseDecided(state); // T4
      const { cause, reason } = command;
      return withEnd(
        state,
        [newEvent("decision", atMs, { outcome: "abort", cause, reason })],
        atMs,
      );
    }
    case "sole":
      refuseDecided(state); // T4
      return withEnd(state, soleWord(state, command, atMs), atMs);
    case "report":
      return withEnd(state, reported(state, command.reports, atMs), atMs);
    case "resolve": {
      const { participants, how, by, why } = command;
      const event = newEvent("attention_resolved", atMs, { steps: participants, how, by, why });
      refuseStrangers(state, participants);
      return withEnd(state, [event], atMs);
    }
  }
}

function publish({ writes, reads }: WriteSet, atMs: number): NewEvent {
  return newEvent("write_set", atMs, { keys: writes, ...(reads.length === 0 ? {} : { reads }) });
}

/** Somebody may have moved it by hand; conflicts are looked for among those in EXECUTE. */
function backToExecute({ transaction }: TwoPhaseState, atMs: number): readonly NewEvent[] {
  if (transaction.state.stage === "EXECUTE") return [];
  return decide(transaction, { type: "transition", to: "EXECUTE", atMs }, STANDARD);
}

function conclude(
  state: TwoPhaseState,
  ballots: readonly Ballot[],
  atMs: number,
): readonly NewEvent[] {
  const votes = ballots.map((ballot) => newEvent("vote", atMs, ballot));
  const obstacle = obstacleTo(state, ballots);
  if (obstacle !== undefined) {
    return [...votes, newEvent("decision", atMs, { outcome: "abort", ...obstacle })];
  }
  // nobody has anything to commit: there is nothing to decide
  if (ballots.every(({ vote }) => vote === "read-only")) return votes;
  return [...votes, newEvent("decision", atMs, { outcome: "commit" })];
}

/** T2 */
function obstacleTo(state: TwoPhaseState, ballots: readonly Ballot[]): AbortReason | undefined {
  if (state.cancelled !== undefined) return { cause: "cancelled", reason: state.cancelled };
  if (hasFinalStage(state)) {
    return { cause: "ended", reason: `${state.transaction.state.stage} was written by hand` };
  }
  for (const { name } of state.participants) {
    const ballot = ballots.find(({ participant }) => participant === name);
    if (ballot === undefined) return { cause: "vote", reason: `${name} has not voted` };
    if (ballot.vote === "no") return { cause: "vote", reason: `${name}: ${ballot.reason ?? "no"}` };
  }
  return undefined;
}

function soleWord(
  state: TwoPhaseState,
  { isCommitted, cause, reason }: { readonly isCommitted: boolean } & AbortReason,
  atMs: number,
): readonly NewEvent[] {
  const sole = soleOf(state);
  if (sole === undefined) throw new Error(`${state.transaction.id}: nobody decides alone`);
  return [
    newEvent(
      "decision",
      atMs,
      isCommitted ? { outcome: "commit" } : { outcome: "abort", cause, reason },
    ),
    newEvent("participant_done", atMs, { participant: sole.name }),
  ];
}

function reported(
  state: TwoPhaseState,
  reports: readonly Report[],
  atMs: number,
): readonly NewEvent[] {
  if (state.decision === undefined) throw new Error(`${state.transaction.id}: nothing is decided`);
  const heuristic = state.decision.outcome === "commit" ? "rolled_back" : "committed";
  return reports.flatMap((report): readonly NewEvent[] => {
    const { participant } = report;
    const known = state.participants.find(({ name }) => name === participant);
    if (known === undefined || known.isDone) return [];
    switch (report.type) {
      case "done":
        return [newEvent("participant_done", atMs, { participant })];
      case "heuristic":
        return [
          newEvent("participant_done", atMs, { participant, heuristic }),
          newEvent("attention", atMs, { step: participant, reason: report.reason }),
        ];
      case "away":
        // the first time only: a log does not grow for as long as a resource is away
        return known.away === undefined
          ? [newEvent("participant_away", atMs, { participant, error: report.error })]
          : [];
    }
  });
}

/** T6. Adds the end, when the events carry out the last thing there was to do. */
function withEnd(
  before: TwoPhaseState,
  events: readonly NewEvent[],
  atMs: number,
): readonly NewEvent[] {
  const state = events.reduce<TwoPhaseState>(evolveTwoPhase, before);
  if (hasFinalStage(state) || !isCarriedOut(state)) return events;
  const { decision, transaction } = state;
  const end =
    decision?.outcome === "abort"
      ? ({ type: "fail", error: decision.reason, atMs } as const)
      : ({ type: "commit", atMs } as const);
  return [...events, ...decide(transaction, end, STANDARD)];
}

function refuseDecided(state: TwoPhaseState): void {
  if (state.decision !== undefined || isEnded(state)) throw tooLate(state, "decide");
}

/** The error for something that the transaction's phase does not allow any more. */
export function tooLate(state: TwoPhaseState, what: string): TetraError<TtsErrorCode> {
  const { id } = state.transaction;
  const phase = phaseOf(state);
  return new TetraError(
    "INVALID_STAGE",
    `${id}: cannot ${what}, it is ${phase.replace("_", " ")}`,
    {
      hint: "begin a new transaction",
      details: { id, phase },
    },
  );
}

function refuseStrangers(state: TwoPhaseState, names: readonly string[]): void {
  const waiting = unsettled(state).map(({ name }) => name);
  const stranger = names.find((name) => !waiting.includes(name));
  if (stranger === undefined && names.length > 0) return;
  const { id } = state.transaction;
  throw new TetraError<TtsErrorCode | TwoPhaseErrorCode>(
    "INVALID_INPUT",
    `${id}: ${stranger === undefined ? "nobody is named" : `${JSON.stringify(stranger)} does not wait for a person`}`,
    {
      hint: waiting.length === 0 ? "there is nothing to resolve" : `name ${waiting.join(" or ")}`,
      details: { id, waiting },
    },
  );
}
