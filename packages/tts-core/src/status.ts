import { type EvidenceEntry, evidenceList } from "./context/evidence.ts";
import type { ContextEntry } from "./ports.ts";
import type { EventRecord } from "./transaction/event.ts";
import type { LogLine } from "./transaction/log.ts";
import { isFinal, type StageMachine } from "./transaction/stage.ts";
import type { TransactionState } from "./transaction/state.ts";
import type { StageVisit, Transaction } from "./transaction/transaction.ts";

const RECENT = 5;

/** A stage on the timeline. */
export interface StageSpan extends StageVisit {
  /** Milliseconds until the next stage; of the stage it is in, until now; 0 for a final stage. */
  readonly durationMs: number;
  /** Whether the transaction is in this stage and may still leave it. */
  readonly isOpen: boolean;
}

/** Everything a page about one transaction shows. */
export interface TransactionStatus {
  readonly id: string;
  readonly revision: number;
  readonly state: TransactionState;
  /** Whether it is the active transaction. */
  readonly isActive: boolean;
  /** Whether it has ended. */
  readonly isFinal: boolean;
  /** When it was created (milliseconds since the epoch); absent when no event says so. */
  readonly startedMs?: number;
  /** Milliseconds since then. */
  readonly ageMs?: number;
  /** The stages it went through, in order. */
  readonly timeline: readonly StageSpan[];
  /** The last five events, oldest first. */
  readonly recent: readonly EventRecord[];
  /** All of `ctx/`, by leading number, then name. */
  readonly context: readonly ContextEntry[];
  /** Those of them numbered 100 and up, with their digests. */
  readonly evidence: readonly EvidenceEntry[];
}

/** What a status is made from. */
export interface StatusParts {
  readonly transaction: Transaction;
  readonly lines: readonly LogLine[];
  readonly context: readonly ContextEntry[];
  readonly isActive: boolean;
}

/** The status of a transaction at an instant. */
export function statusOf(
  parts: StatusParts,
  at: { readonly nowMs: number; readonly stages: StageMachine },
): TransactionStatus {
  const { transaction, lines, context, isActive } = parts;
  const { id, revision, state, startedMs } = transaction;
  const events = lines.flatMap(({ event }) => (event === undefined ? [] : [event]));
  return {
    id,
    revision,
    state,
    isActive,
    isFinal: isFinal(at.stages, state.stage),
    ...(startedMs === undefined ? {} : { startedMs, ageMs: Math.max(0, at.nowMs - startedMs) }),
    timeline: timeline(transaction.stages, at),
    recent: events.slice(-RECENT),
    context,
    evidence: evidenceList(context, transaction.evidence).entries,
  };
}

function timeline(
  visits: readonly StageVisit[],
  { nowMs, stages }: { readonly nowMs: number; readonly stages: StageMachine },
): readonly StageSpan[] {
  return visits.map((visit, index) => {
    const next = visits[index + 1];
    const isOpen = next === undefined && !isFinal(stages, visit.stage);
    const untilMs = next?.atMs ?? (isOpen ? nowMs : visit.atMs);
    // clocks are set back now and then, and foreign times have seconds only
    return { ...visit, durationMs: Math.max(0, untilMs - visit.atMs), isOpen };
  });
}
