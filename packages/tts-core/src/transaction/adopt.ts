import type { LogContent, LogLine } from "./log.ts";
import { normalizeState, type StoredState, type TransactionState } from "./state.ts";
import { blankTransaction, evolve, type Transaction } from "./transaction.ts";

// What a transaction is when its log and its `state.json` are read together ("When state and log
// disagree" in the design). Nothing is guessed:
//
// A1. `state.json` equal to the fold at its own revision is only stale: the log decides.
// A2. Different from it: somebody edited it; the difference is laid over the head of the log.
// A3. Without a revision, over a log without lines of ours: another tool's transaction; the file is
//     the base.
// A4. Not JSON, or ahead of the log (which was cut): rebuilt from the log.
// A5. Another tool's lines after our last one are part of the state and are adopted like an edit, so
//     that whoever decided without them is told.

/** What somebody else changed, in the shape of the `foreign_change` event that records it. */
export interface Adoption {
  readonly changes: Record<string, unknown>;
  readonly removed?: string[];
}

/** A transaction read from its log and its `state.json`. */
export interface Reconstruction {
  /** The truth, foreign changes included. */
  readonly transaction: Transaction;
  /** What must be recorded as `foreign_change` before anything else is appended. */
  readonly adoption?: Adoption;
  /** Whether `state.json` holds anything but the truth, or lacks its revision. */
  readonly stale: boolean;
}

/** Reads log and state together. `stored` is absent when `state.json` is missing or not JSON. */
export function reconstruct(
  id: string,
  log: Pick<LogContent, "lines">,
  stored: StoredState | undefined,
): Reconstruction {
  const { head, at, last } = replay(id, log.lines, stored);
  const foreignTail = head !== last;
  if (stored === undefined) return withTail({ transaction: head, stale: true }, foreignTail); // A4
  const { state, revision } = stored;
  if (revision === undefined && head.revision === 0) {
    // A3
    return { transaction: { ...head, state }, adoption: { changes: { ...state } }, stale: true };
  }
  if (revision !== undefined && revision > head.revision) {
    return withTail({ transaction: head, stale: true }, foreignTail); // A4
  }
  if (at.matches) {
    const stale = revision !== head.revision || !sameJson(state, head.state);
    return withTail({ transaction: head, stale }, foreignTail); // A1
  }
  // A2
  const adoption = difference(at.state, state);
  return {
    transaction: { ...head, state: withChanges(head.state, adoption) },
    adoption,
    stale: true,
  };
}

/** A5 */
function withTail(read: Reconstruction, foreignTail: boolean): Reconstruction {
  return foreignTail ? { ...read, adoption: { changes: {} } } : read;
}

interface Replay {
  readonly head: Transaction;
  /** The transaction after our last line. */
  readonly last: Transaction;
  /** The fold at the stored revision, and whether it ever equalled what is stored. */
  readonly at: { readonly state: TransactionState; readonly matches: boolean };
}

function replay(id: string, lines: readonly LogLine[], stored: StoredState | undefined): Replay {
  let head = blankTransaction(id);
  let last = head;
  let state = head.state;
  let matches = false;
  for (const { event, folded } of lines) {
    if (!folded || event === undefined) continue;
    head = evolve(head, event);
    if (event.seq !== undefined) last = head;
    if (stored === undefined || (stored.revision ?? head.revision) !== head.revision) continue;
    state = head.state;
    matches ||= sameJson(head.state, stored.state);
  }
  return { head, last, at: { state, matches } };
}

function withChanges(state: TransactionState, { changes, removed }: Adoption): TransactionState {
  const merged: Record<string, unknown> = { ...state, ...changes };
  for (const key of removed ?? []) delete merged[key];
  return normalizeState(merged, state.txn_id);
}

function difference(from: TransactionState, to: TransactionState): Adoption {
  const changes: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(to)) {
    if (!sameJson(from[key], value)) changes[key] = value;
  }
  const removed = Object.keys(from).filter((key) => !(key in to));
  return removed.length === 0 ? { changes } : { changes, removed };
}

/** Whether two JSON values are equal; the order of keys does not matter. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = new Map(Object.entries(a));
  const right = new Map(Object.entries(b));
  if (left.size !== right.size) return false;
  return [...left].every(([key, value]) => right.has(key) && sameJson(value, right.get(key)));
}
