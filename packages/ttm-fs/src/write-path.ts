import { flushFolder, isSystemError, replaceFile, writeAll } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import {
  type AppendOptions,
  evolve,
  formatEventLine,
  formatState,
  type NewEvent,
  newEvent,
  parseState,
  seal,
  type SealedEvent,
  type Transaction,
  type TtsErrorCode,
} from "@tetra/tts-core";
import type { DeadJournal, DeadJournals } from "./dead-journals.ts";
import type { Environment } from "./environment.ts";
import type { Journal } from "./journal.ts";
import { type OpenTransaction, type OpenTransactions, refresh } from "./open-transactions.ts";
import { replayInto } from "./replay.ts";
import { NO_STATE, type View, viewOf } from "./view.ts";

// What happens under the append lock ("On disk" in the design, steps 1 to 5).
//
// W1. Dead writers' journals are looked for after the lock was had, and replayed (G4).
// W2. What was never acknowledged is cut before anything is appended.
// W3. Another writer's change is recorded before ours, and whoever decided without it gets CONFLICT.
// W4. One write, one flush: the flush is the commit point. After a failed one nothing that was read is
//     trusted: the line is cut off, the files are closed, the own journal is given up.
// W5. `state.json` is written after the log was flushed, never before.

/** What the write path works with. */
export interface WriteParts {
  readonly env: Environment;
  readonly opened: OpenTransactions;
  readonly journal: Journal;
  readonly dead: DeadJournals;
  /** Tells the index, and who follows, that these transactions are about to change. */
  readonly mark: (ids: readonly string[]) => void;
  /** Tells who follows that they have changed, before their append lock is given back. */
  readonly changed: (ids: readonly string[]) => void;
  /** Whether a runner of this process holds the lease: its state is written late. */
  readonly isLeased: (id: string) => boolean;
}

/** What somebody wants appended. */
export interface WantedAppend {
  /** When (milliseconds since the epoch): a change that is adopted first gets this time. */
  readonly atMs: number;
  /** Decides under the append lock; what it throws is what the append is refused with. */
  readonly decide: (transaction: Transaction) => readonly NewEvent[];
}

/** Events, and on which condition they are appended. */
export interface ExpectedAppend extends AppendOptions {
  readonly expectedRevision: number;
  readonly events: readonly NewEvent[];
}

/** The longest line that is taken: larger values belong into context files or artifacts. */
const LONGEST_LINE = 1024 * 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The transaction as it must be before an append: replayed, whole, read.
 * @param journals dead writers', looked for after the append lock was had (W1)
 */
export function prepare(
  parts: WriteParts,
  tx: OpenTransaction,
  journals: readonly DeadJournal[] = parts.dead.find(parts.journal.name),
): View {
  const { env } = parts;
  replayInto(parts, tx, journals);
  const view = refresh(env.fs, tx);
  if (view.damage === undefined) return view;
  env.fs.truncate(tx.logFd, view.wholeLength); // W2
  tx.view = undefined;
  return refresh(env.fs, tx);
}

/**
 * Decides on what is there and was prepared. A foreign change that was not recorded yet is recorded
 * first, which makes whoever expects a revision read again.
 */
export function decideWanted(
  parts: WriteParts,
  tx: OpenTransaction,
  { wanted, view }: { readonly wanted: WantedAppend; readonly view: View },
): { readonly before: View; readonly events: readonly NewEvent[] } {
  const before = adopt(parts, tx, { view, atMs: wanted.atMs }); // W3
  return { before, events: wanted.decide(before.transaction) };
}

/** Events that are appended only to what the caller has seen. */
export function expecting({ expectedRevision, events, fence }: ExpectedAppend): WantedAppend {
  return {
    atMs: events[0]?.ts_ms ?? 0,
    decide(transaction) {
      checkExpected(transaction, { expectedRevision, fence });
      return events;
    },
  };
}

/** @throws TetraError `CONFLICT` */
function checkExpected(
  transaction: Transaction,
  { expectedRevision, fence }: { readonly expectedRevision: number; fence: number | undefined },
): void {
  const { id } = transaction;
  const stage = transaction.state.stage;
  const details = { id, stage, revision: transaction.revision };
  if (transaction.revision !== expectedRevision) {
    throw new TetraError<TtsErrorCode>(
      "CONFLICT",
      `${id} (${stage}): somebody else wrote first (revision ${transaction.revision}, not ${expectedRevision})`,
      { hint: "read it again and decide again", details },
    );
  }
  if (fence !== undefined && fence !== transaction.fence) {
    throw new TetraError<TtsErrorCode>(
      "CONFLICT",
      `${id} (${stage}): the lease went to another runner (fence ${transaction.fence}, not ${fence})`,
      { hint: "stop: the new runner carries on", details: { ...details, fence } },
    );
  }
}

/** Records another writer's change as `foreign_change`, so that it has its place in the log. W3 */
export function adopt(
  parts: WriteParts,
  tx: OpenTransaction,
  { view, atMs }: { view: View; atMs: number },
): View {
  if (view.adoption === undefined) return view;
  const { changes, removed } = view.adoption;
  const fields = removed === undefined ? { changes } : { changes, removed };
  return appendNow(parts, tx, [newEvent("foreign_change", atMs, fields)]);
}

/** Appends and flushes. The lock is held and {@link prepare} was called. W4 */
export function appendNow(
  parts: WriteParts,
  tx: OpenTransaction,
  events: readonly NewEvent[],
): View {
  const { env, journal, mark, changed } = parts;
  const { fs } = env;
  const view = tx.view ?? refresh(fs, tx);
  const { bytes, next } = lineUp(tx, view, events);
  mark([tx.id]);
  makeDurable(parts, tx);
  if (view.endsForeign) fs.flush(tx.logFd); // G7
  try {
    writeAll(fs, tx.logFd, bytes);
    fs.flush(tx.logFd);
  } catch (error) {
    cutBack(parts, tx, view.wholeLength);
    journal.giveUp();
    throw error;
  }
  tx.view = next;
  tx.stateBehind = true;
  changed([tx.id]);
  return next;
}

/** What an append is as lines, and what the transaction is after it. */
export function lineUp(
  tx: OpenTransaction,
  view: View,
  events: readonly NewEvent[],
): { lines: string; bytes: Uint8Array; next: View; seq: number } {
  const sealed = seal(view.transaction.revision, events);
  const lines = formatLines(tx.id, sealed);
  const bytes = encoder.encode(view.endsOpen ? `\n${lines}` : lines);
  const length = view.wholeLength + bytes.length;
  const next: View = {
    ...view,
    transaction: sealed.reduce(evolve, view.transaction),
    adoption: undefined,
    stale: true,
    wholeLength: length,
    logLength: length,
    endsForeign: false,
    endsOpen: false,
  };
  return { lines, bytes, next, seq: view.transaction.revision };
}

/** The lines of one append. @throws TetraError `INVALID_INPUT` when one is too long. */
export function formatLines(id: string, events: readonly SealedEvent[]): string {
  let text = "";
  for (const event of events) {
    const line = formatEventLine(event);
    // what another tool wrote is adopted, whatever its size
    if (line.length > LONGEST_LINE && event.event !== "foreign_change") {
      throw new TetraError<TtsErrorCode>(
        "INVALID_INPUT",
        `${id}: the event ${event.event} is ${line.length} characters long, ${LONGEST_LINE} are allowed`,
        { hint: "put the large value into a context file or an artifact", details: { id } },
      );
    }
    text += `${line}\n`;
  }
  return text;
}

/** Forgets everything that was read of a transaction after a write or flush that failed. */
export function cutBack({ env, opened }: WriteParts, tx: OpenTransaction, length: number): void {
  try {
    env.fs.truncate(tx.logFd, length);
  } catch (error) {
    // what stays is torn or was never acknowledged: the next writer decides by reading it
    if (!isSystemError(error)) throw error;
  }
  opened.drop(tx);
}

/** G2: before a line goes straight to a log, its folder is durable or no journal names it. */
function makeDurable({ env, journal, dead }: WriteParts, tx: OpenTransaction): void {
  if (tx.durable) return;
  if (journal.names(tx.id) || dead.others(journal.name)) {
    flushFolder(env.fs, tx.paths.folder);
    flushFolder(env.fs, env.root);
    tx.durable = true;
  }
}

/** Writes `state.json` if it is behind. The lock is held. W5 */
export function writeState(parts: WriteParts, tx: OpenTransaction): void {
  const { env } = parts;
  const { fs } = env;
  for (;;) {
    const view = tx.view ?? prepare(parts, tx);
    const { state, revision } = view.transaction;
    const text = formatState(state, revision);
    const bytes = encoder.encode(text);
    const { version, old } = replaceFile(fs, tx.paths.state, bytes, view.stored.version);
    tx.view = { ...view, stale: false, stored: { version, text } };
    tx.stateBehind = false;
    const before = old === undefined ? undefined : decoder.decode(old);
    if (before === undefined || before === view.stored.text || before === text) return;
    // another writer's change fell between reading and exchanging: it came out, it is not lost
    const replaced = reread(parts, tx, before);
    if (replaced.adoption === undefined) return;
    adopt(parts, tx, { view: replaced, atMs: env.nowMs() });
  }
}

/**
 * The same after a commit point, where the answer is yes whatever happens: a state that cannot be
 * written now (the disk is full) stays behind, is tried again, and is told of by `close`.
 */
export function tryWriteState(parts: WriteParts, tx: OpenTransaction): void {
  try {
    writeState(parts, tx);
  } catch (error) {
    // not behind any more: it was written, and what failed is recording another writer's change
    if (!isSystemError(error) || !tx.stateBehind) throw error;
  }
}

/** The log together with a state that is no longer in its place. */
function reread({ env }: WriteParts, tx: OpenTransaction, text: string): View {
  const bytes = readLogBytes(env, tx);
  const view = viewOf(tx.id, bytes, {
    stored: tx.view?.stored ?? NO_STATE,
    parsed: parseState(text, tx.id),
    base: undefined,
  });
  tx.view = view;
  return view;
}

function readLogBytes({ fs }: Environment, tx: OpenTransaction): Uint8Array {
  return fs.read(tx.logFd, 0, fs.statOpen(tx.logFd).size);
}
