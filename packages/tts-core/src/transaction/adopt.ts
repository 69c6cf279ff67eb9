import { record, texts } from "./field.ts";
import type { LogContent, LogLine } from "./log.ts";
import { normalizeState, type StoredState, type TransactionState } from "./state.ts";
import { evolve, type Transaction } from "./transaction.ts";

// What a transaction is when its log and its `state.json` are read together ("When state and log
// disagree" in the design). Nothing is guessed:
//
// A1. `state.json` equal to the fold at its own revision is only stale: the log decides.
// A2. Different from it: somebody edited it; the difference is laid over the head of the log. What an
//     earlier reader of the same edit adopted is left out: a power cut brings old files back.
// A3. Over a log without lines of ours it is another tool's transaction, or the log is gone: the file
//     is the base.
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

/**
 * Reads log and state together. `stored` is absent when `state.json` is missing or not JSON. Whoever has
 * folded the first lines already gives the rest and the transaction so far, whose revision must not be
 * above the stored one.
 */
export function reconstruct(
  soFar: Transaction,
  log: Pick<LogContent, "lines">,
  stored: StoredState | undefined,
): Reconstruction {
  const { head, at, last, adopted } = replay(soFar, log.lines, stored);
  const foreignTail = head !== last;
  if (stored === undefined) return withTail({ transaction: head, stale: true }, foreignTail); // A4
  const { state, revision } = stored;
  if (head.revision === 0) {
    // A3
    const adoption = { ...difference(head.state, state), changes: { ...state } };
    return { transaction: { ...head, state }, adoption, stale: true };
  }
  if (revision !== undefined && revision > head.revision) {
    return withTail({ transaction: head, stale: true }, foreignTail); // A4
  }
  if (at.matches) {
    const stale = revision !== head.revision || !sameJson(state, head.state);
    return withTail({ transaction: head, stale }, foreignTail); // A1
  }
  // A2
  const adoption = without(difference(at.state, state), adopted);
  if (isNothing(adoption)) return withTail({ transaction: head, stale: true }, foreignTail);
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
  /** What was adopted at the stored revision or later. */
  readonly adopted: readonly Adoption[];
}

function replay(
  soFar: Transaction,
  lines: readonly LogLine[],
  stored: StoredState | undefined,
): Replay {
  let head = soFar;
  let last = head;
  let state = head.state;
  let matches =
    stored !== undefined && stored.revision === head.revision && sameJson(state, stored.state);
  const adopted: Adoption[] = [];
  for (const { event, folded } of lines) {
    if (!folded || event === undefined) continue;
    if (event.event === "foreign_change" && head.revision >= (stored?.revision ?? Infinity)) {
      adopted.push({
        changes: { ...record(event["changes"]) },
        removed: [...texts(event["removed"])],
      });
    }
    head = evolve(head, event);
    if (event.seq !== undefined) last = head;
    if (stored === undefined || (stored.revision ?? head.revision) !== head.revision) continue;
    state = head.state;
    matches ||= sameJson(head.state, stored.state);
  }
  return { head, last, at: { state, matches }, adopted };
}

function withChanges(state: TransactionState, { changes, removed }: Adoption): TransactionState {
  const merged: Record<string, unknown> = { ...state, ...changes };
  for (const key of removed ?? []) delete merged[key];
  return normalizeState(merged, state.txn_id);
}

function difference(from: TransactionState, to: TransactionState): Adoption {
  const changed = Object.entries(to).filter(
    ([key, value]) => !Object.hasOwn(from, key) || !sameJson(from[key], value),
  );
  const removed = Object.keys(from).filter((key) => !Object.hasOwn(to, key));
  return adoptionOf(changed, removed);
}

function without({ changes, removed = [] }: Adoption, adopted: readonly Adoption[]): Adoption {
  const isAdopted = (key: string, value: unknown): boolean =>
    adopted.some((one) => Object.hasOwn(one.changes, key) && sameJson(one.changes[key], value));
  return adoptionOf(
    Object.entries(changes).filter(([key, value]) => !isAdopted(key, value)),
    removed.filter((key) => !adopted.some((one) => one.removed?.includes(key))),
  );
}

function adoptionOf(changed: readonly [string, unknown][], removed: string[]): Adoption {
  const changes = Object.fromEntries(changed);
  return removed.length === 0 ? { changes } : { changes, removed };
}

function isNothing({ changes, removed }: Adoption): boolean {
  return Object.keys(changes).length === 0 && removed === undefined;
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
