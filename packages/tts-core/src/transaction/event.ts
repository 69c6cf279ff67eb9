import type { SagaEvents } from "../saga/saga-event.ts";
import { formatInstant } from "../time.ts";
import type { TwoPhaseEvents } from "../two-phase-commit/two-phase-event.ts";
import type { FlowEvents, FlowEvidence } from "./flow-event.ts";

/**
 * What an event tells besides its name and time. Type aliases, not interfaces, so that they are
 * assignable to {@link EventRecord}, which is what the fold takes.
 */
type StandardEvents = {
  /** The first event: what is needed to make every other file of the transaction again. */
  txn_start: { txn_id: string; description: string; target: string; agent: string; stage: string };
  /** A move. `iteration` is there when the move starts another one. */
  stage_transition: { from: string; to: string; iteration?: number };
  /** A file or folder appeared in `ctx/`. `digest` is lower-case hex SHA-256. RAG has another form. */
  evidence_added: { file: string; source: string; digest: string; bytes: number } | FlowEvidence;
  /** The target was resolved to something that can be reached. */
  tes_resolved: { target: string; plan: string };
  /** Success, just before the move to the done stage. */
  txn_commit: { duration_ms: number };
  /** Failure, just before the move to the fail stage. */
  txn_fail: { error: string };
  /** Fields of the state were set; `null` values are values, `removed` names keys that went. */
  txn_update: { changes: Record<string, unknown> };
  /** A change somebody else made to `state.json` or the log, adopted. */
  foreign_change: { changes: Record<string, unknown>; removed?: string[] };
  /** A runner owns the transaction now; appends with an older fence are refused. */
  lease_taken: { fence: number; runner: string };
  /** A person allowed something, named by what may be changed, for as long as the transaction is open. */
  approval_approved: { name: string; by: string; why: string };
};

type Events = StandardEvents & SagaEvents & TwoPhaseEvents & FlowEvents;

/** Names of the events that the fold knows. */
export type EventName = keyof Events;

/** An event decided but not yet in a log. `ts_ms` is milliseconds since the epoch. */
export type NewEvent = {
  [Name in EventName]: {
    readonly event: Name;
    readonly ts: string;
    readonly ts_ms: number;
  } & Readonly<Events[Name]>;
}[EventName];

/**
 * One line of `events.ndjson` as it was read. Only `event` can be trusted to be there: other writers
 * add and leave out what they like.
 */
export interface EventRecord {
  /** What happened; unknown names are kept, not refused. */
  readonly event: string;
  /** UTC instant, RFC 3339 with seconds (`2026-01-31T09:30:00Z`). */
  readonly ts?: string;
  /** Place among our own lines, from 0. Absent: another writer's line. */
  readonly seq?: number;
  /** The instant again, in milliseconds since the epoch. */
  readonly ts_ms?: number;
  /** How many lines of the same append are still to come. */
  readonly more?: number;
  readonly [field: string]: unknown;
}

/** An event in its place in the log. */
export type SealedEvent = NewEvent & { readonly seq: number; readonly more?: number };

/** Makes an event of a name, its fields and the time it happened. */
export function newEvent<Name extends EventName>(
  name: Name,
  atMs: number,
  fields: Readonly<Events[Name]>,
): NewEvent {
  // one member of the union by construction; the compiler cannot follow a generic key
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { event: name, ts: formatInstant(atMs), ts_ms: atMs, ...fields } as unknown as NewEvent;
}

/** Gives the events of one append their places, starting at `revision`. */
export function seal(revision: number, events: readonly NewEvent[]): readonly SealedEvent[] {
  return events.map((event, at) => {
    const more = events.length - 1 - at;
    return more === 0 ? { ...event, seq: revision + at } : { ...event, seq: revision + at, more };
  });
}
