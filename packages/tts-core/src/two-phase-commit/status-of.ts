import {
  type Decision,
  type Participation,
  phaseOf,
  sessionOf,
  type TwoPhase,
  type TwoPhaseState,
  unsettled,
  type WriteSet,
} from "./two-phase-state.ts";

/** A participant that could not be told the decision yet. */
export interface Away {
  readonly participant: string;
  /** Since when (milliseconds since the epoch). */
  readonly sinceMs: number;
  /** What it, or the way to it, said last; when another process asks it: said first. */
  readonly error: string;
}

/** Everything there is to know about one transaction. */
export interface TwoPhaseStatus {
  readonly id: string;
  readonly session: string;
  readonly agent: string;
  /** When it was begun (milliseconds since the epoch). */
  readonly startedMs: number;
  readonly phase: TwoPhase;
  readonly decision?: Decision;
  readonly participants: readonly Participation[];
  /** What it has published that it changes and has read. */
  readonly writeSet: WriteSet;
  /** Who has not been told the decision, because it was not there. */
  readonly away: readonly Away[];
  /** Participants that had their own way and wait for a person. */
  readonly attention: readonly string[];
}

/** A line of the transaction log: what became of a transaction that has ended. */
export interface TwoPhaseLogEntry {
  readonly id: string;
  readonly session: string;
  readonly outcome: "committed" | "rolled_back";
  /** Why it was rolled back. */
  readonly reason?: string;
  /** When it ended (milliseconds since the epoch). */
  readonly endedMs: number;
  /** The last set it published. */
  readonly writeSet: WriteSet;
}

/** What the log tells, and what this process knows besides. */
export function statusOfTwoPhase(
  state: TwoPhaseState,
  live: ReadonlyMap<string, Away>,
): TwoPhaseStatus {
  const { transaction, participants, decision, published } = state;
  const away = participants.flatMap(({ name, isDone, away: recorded }): readonly Away[] => {
    const known = live.get(name);
    if (known !== undefined) return [known];
    return recorded === undefined || isDone ? [] : [{ participant: name, ...recorded }];
  });
  return {
    id: transaction.id,
    session: sessionOf(state),
    agent: transaction.state.agent ?? "",
    startedMs: transaction.startedMs ?? 0,
    phase: phaseOf(state),
    ...(decision === undefined ? {} : { decision }),
    participants,
    writeSet: published,
    away,
    attention: unsettled(state).map(({ name }) => name),
  };
}

/** The line for the transaction log. */
export function logEntryOf(state: TwoPhaseState): TwoPhaseLogEntry {
  const { transaction, decision, published } = state;
  return {
    id: transaction.id,
    session: sessionOf(state),
    outcome: phaseOf(state) === "committed" ? "committed" : "rolled_back",
    ...(decision?.outcome === "abort" ? { reason: decision.reason } : {}),
    endedMs: transaction.stages.at(-1)?.atMs ?? 0,
    writeSet: published,
  };
}
