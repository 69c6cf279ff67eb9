import { parseInstant } from "../time.ts";
import type { EventRecord } from "./event.ts";
import { count, record, text, texts } from "./field.ts";
import type { LogLine } from "./log.ts";
import { blankState, normalizeState, type TransactionState } from "./state.ts";

/** A stage and when it was entered (milliseconds since the epoch). */
export interface StageVisit {
  readonly stage: string;
  readonly atMs: number;
}

/** A file or folder in `ctx/` that an event names. */
export interface Evidence {
  /** Name in `ctx/`. */
  readonly file: string;
  /** Where it came from, as the caller gave it. */
  readonly source?: string;
  /** Lower-case hex SHA-256; absent when another tool added it. */
  readonly digest?: string;
}

/** Something that a person allowed. */
export interface Approval {
  /** What may be changed, such as `@prod`. */
  readonly name: string;
  /** Who allowed it. */
  readonly by: string;
  readonly why: string;
}

/** A transaction as its log tells it. */
export interface Transaction {
  readonly id: string;
  /** How many lines of ours the log holds; what compare-and-append compares. */
  readonly revision: number;
  /** What `state.json` holds, or would. */
  readonly state: TransactionState;
  /** When it was created; absent when no event says so. */
  readonly startedMs?: number;
  /** The stages it went through, in order. */
  readonly stages: readonly StageVisit[];
  readonly evidence: readonly Evidence[];
  readonly approvals: readonly Approval[];
  /** The fence of the last lease taken; 0 before the first. */
  readonly fence: number;
}

/** The transaction before its first event. */
export function blankTransaction(id: string): Transaction {
  return {
    id,
    revision: 0,
    state: blankState(id),
    stages: [],
    evidence: [],
    approvals: [],
    fence: 0,
  };
}

/** Folds the lines that count. Replaying a log from the start gives the transaction, always. */
export function fold(id: string, lines: readonly LogLine[]): Transaction {
  let transaction = blankTransaction(id);
  for (const { event, folded } of lines) {
    if (folded && event !== undefined) transaction = evolve(transaction, event);
  }
  return transaction;
}

/** Folds one event in. Total: whatever the log holds, the transaction can be rebuilt. */
export function evolve(transaction: Transaction, event: EventRecord): Transaction {
  const after = apply(transaction, event);
  return event.seq === undefined ? after : { ...after, revision: event.seq + 1 };
}

function apply(tx: Transaction, event: EventRecord): Transaction {
  switch (event.event) {
    case "txn_start":
      return start(tx, event);
    case "stage_transition":
      return setState(tx, event, {
        stage: text(event["to"]) ?? "",
        iteration: count(event["iteration"]) ?? tx.state.iteration,
        last_checkpoint: event.ts ?? tx.state.last_checkpoint,
      });
    case "evidence_added":
      return { ...tx, evidence: [...tx.evidence, ...evidenceOf(event)] };
    case "tes_resolved":
      return setState(tx, event, {
        last_checkpoint: event.ts ?? tx.state.last_checkpoint,
        tes_plan: text(event["plan"]) ?? "",
      });
    case "txn_fail":
      return setState(tx, event, { last_error: text(event["error"]) ?? null });
    case "txn_update":
      return setState(setAnything(tx, event), event, {
        last_checkpoint: event.ts ?? tx.state.last_checkpoint,
      });
    case "foreign_change":
      return setAnything(tx, event);
    case "approval_approved":
      return { ...tx, approvals: [...tx.approvals, ...approvalOf(event)] };
    case "saga_defined":
      // so that lists can tell which transactions are sagas
      return setState(tx, event, { saga: text(event["name"]) ?? "" });
    case "attention":
      return setState(tx, event, { attention: [...attentionOf(tx), ...attentionIn(event)] });
    case "attention_resolved":
      return resolveAttention(tx, event);
    case "lease_taken":
      return { ...tx, fence: count(event["fence"]) ?? tx.fence };
    default:
      return tx; // kept in the log, of no concern to the state
  }
}

function start(tx: Transaction, event: EventRecord): Transaction {
  const stage = text(event["stage"]) ?? "NEW";
  const atMs = instant(event);
  return {
    ...tx,
    state: {
      ...tx.state,
      description: text(event["description"]) ?? "",
      stage,
      target: text(event["target"]) ?? "@local",
      agent: text(event["agent"]) ?? "human",
      last_checkpoint: event.ts ?? "",
    },
    ...(atMs === undefined ? {} : { startedMs: atMs, stages: [{ stage, atMs }] }),
  };
}

/** Shallow merge as the standard has it: known keys keep their place, new ones go to the end. */
function setState(
  tx: Transaction,
  event: EventRecord,
  changes: Readonly<Record<string, unknown>>,
): Transaction {
  return withState(tx, event, { ...tx.state, ...changes });
}

/** The same for changes of which nothing is known: fields of the wrong shape are left blank. */
function setAnything(tx: Transaction, event: EventRecord): Transaction {
  const merged: Record<string, unknown> = { ...tx.state, ...record(event["changes"]) };
  for (const key of texts(event["removed"])) delete merged[key];
  return withState(tx, event, normalizeState(merged, tx.id));
}

function withState(tx: Transaction, event: EventRecord, state: TransactionState): Transaction {
  const atMs = instant(event);
  // not the stage in `tx.state`: whoever adopts an edit has the new one there already
  const visited = tx.stages.at(-1)?.stage ?? "";
  // staying is no visit: a log of a million moves in place would make a list as long
  if (state.stage === visited || atMs === undefined) return { ...tx, state };
  return { ...tx, state, stages: [...tx.stages, { stage: state.stage, atMs }] };
}

function evidenceOf(event: EventRecord): readonly Evidence[] {
  const file = text(event["file"]);
  // with a span it is RAG's event of that name, about a file in `ctx/evidence/`
  if (file === undefined || text(event["span"]) !== undefined) return [];
  const source = text(event["source"]);
  const digest = text(event["digest"]);
  return [
    {
      file,
      ...(source === undefined ? {} : { source }),
      ...(digest === undefined ? {} : { digest }),
    },
  ];
}

function approvalOf(event: EventRecord): readonly Approval[] {
  const name = text(event["name"]);
  if (name === undefined) return [];
  return [{ name, by: text(event["by"]) ?? "", why: text(event["why"]) ?? "" }];
}

/** What needs a person, as `state.json` shows it. */
interface Attention {
  readonly step: string;
  readonly reason: string;
}

function attentionOf({ state }: Transaction): readonly Attention[] {
  const { attention } = state;
  return Array.isArray(attention) ? attention.flatMap((item) => attentionIn(record(item))) : [];
}

function attentionIn(fields: Readonly<Record<string, unknown>>): readonly Attention[] {
  const step = text(fields["step"]);
  return step === undefined ? [] : [{ step, reason: text(fields["reason"]) ?? "" }];
}

function resolveAttention(tx: Transaction, event: EventRecord): Transaction {
  const steps = texts(event["steps"]);
  const left = attentionOf(tx).filter(({ step }) => !steps.includes(step));
  if (left.length > 0) return setState(tx, event, { attention: left });
  const { attention: _resolved, ...state } = tx.state;
  return withState(tx, event, state);
}

function instant(event: EventRecord): number | undefined {
  return event.ts_ms ?? (event.ts === undefined ? undefined : parseInstant(event.ts));
}
