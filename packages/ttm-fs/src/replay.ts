import { flushFolder, readAll, writeAll } from "@tetra/durable-fs";
import { fold, type LogContent, parseEventLine, readLog } from "@tetra/tts-core";
import type { DeadJournal, DeadJournals } from "./dead-journals.ts";
import type { Environment } from "./environment.ts";
import type { JournalRecord } from "./journal-record.ts";
import { transactionPaths } from "./layout.ts";
import { makeDefaultParts, makeHiddenFolder } from "./new-folder.ts";
import type { OpenTransaction } from "./open-transactions.ts";

// Putting what a dead writer's journal holds into the logs (G4, G5). Doing it twice changes nothing.
//
// The lines that are there already are written again in place before the flush. A flush that failed
// under the dead writer may have left them in memory marked as clean, and such pages no later flush
// would bring to the disk.

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NEWLINE = 10;

/** What replay needs. */
export interface ReplayParts {
  readonly env: Environment;
  readonly dead: DeadJournals;
  /** Tells the index, and who follows, before a log is written. */
  readonly mark: (ids: readonly string[]) => void;
  /** Tells who follows after that. */
  readonly changed: (ids: readonly string[]) => void;
}

/**
 * Writes the lines that dead journals hold for this transaction and its log lacks, and flushes them.
 * The append lock must be held, and the journals looked for after it was had.
 * @returns whether there was anything to do.
 */
export function replayInto(
  parts: ReplayParts,
  tx: OpenTransaction,
  journals: readonly DeadJournal[],
): boolean {
  const fresh = journals.filter(({ name }) => !tx.replayed.has(name));
  const records = fresh.flatMap((journal) => recordsOf(journal, tx.id));
  if (records.length > 0) {
    parts.mark([tx.id]);
    writeRecords(parts.env, tx, records);
    parts.changed([tx.id]);
    tx.view = undefined;
    tx.durable = true;
  }
  for (const { name } of fresh) tx.replayed.add(name);
  return records.length > 0;
}

/** The lines that dead journals hold for a transaction and its log lacks, as they go behind it. */
export function missingLines(
  log: LogContent,
  id: string,
  journals: readonly DeadJournal[],
): string {
  return missingOf(
    log,
    journals.flatMap((journal) => recordsOf(journal, id)),
  );
}

function missingOf(log: LogContent, records: readonly JournalRecord[]): string {
  // somebody else's transaction took the id before the dead writer could
  const taken = log.revision === 0 && log.lines.length > 0;
  let { revision } = log;
  let text = "";
  for (const { seq, lines, new: begins } of records.toSorted((a, b) => a.seq - b.seq)) {
    if (seq !== revision || (taken && begins === true)) continue;
    text += lines;
    revision += lines.split("\n").length - 1;
  }
  return text !== "" && log.endsOpen ? `\n${text}` : text;
}

/** Makes the folder of a transaction that a dead journal begins and that is not there. */
export function replayNew(parts: ReplayParts, id: string, journals: readonly DeadJournal[]): void {
  const { env, mark } = parts;
  const { fs, root } = env;
  const paths = transactionPaths(root, id);
  const begins = journals.some(({ records }) =>
    records.some((r) => r.txn === id && r.new === true),
  );
  if (!begins || fs.stat(paths.log) !== undefined) return;
  mark([id]);
  if (fs.stat(paths.folder) !== undefined) {
    // the folder's name was flushed with somebody else's, what is in it was not
    fs.close(fs.open(paths.log, "append"));
    return;
  }
  const hidden = makeHiddenFolder(env);
  try {
    fs.close(fs.open(hidden.paths.log, "create"));
    fs.rename(hidden.paths.folder, paths.folder);
  } finally {
    hidden.lock.release();
  }
}

/** Makes the other files of a transaction that replay made anew. */
export function replayParts(env: Environment, tx: OpenTransaction): readonly string[] {
  const bytes = readAll(env.fs, tx.logFd);
  const { lines } = readLog(bytes);
  return makeDefaultParts(env, tx.paths, fold(tx.id, lines));
}

function recordsOf({ records }: DeadJournal, id: string): readonly JournalRecord[] {
  return records.filter(({ txn }) => txn === id);
}

/** G5 */
function writeRecords(
  { fs, root }: Environment,
  tx: OpenTransaction,
  records: readonly JournalRecord[],
): void {
  const bytes = readAll(fs, tx.logFd);
  const log = readLog(bytes);
  if (log.damage !== undefined) fs.truncate(tx.logFd, log.wholeLength);
  const whole = bytes.subarray(0, log.wholeLength);
  const first = Math.min(...records.map(({ seq }) => seq));
  const from = offsetOf(whole, first);
  if (from < whole.length) writeInPlace(fs, tx.paths.log, whole.subarray(from), from);
  if (log.endsForeign) fs.flush(tx.logFd); // G7
  writeAll(fs, tx.logFd, encoder.encode(missingOf(log, records)));
  fs.flush(tx.logFd);
  flushFolder(fs, tx.paths.folder);
  flushFolder(fs, root);
}

function writeInPlace(
  fs: Environment["fs"],
  path: string,
  bytes: Uint8Array,
  position: number,
): void {
  const fd = fs.open(path, "update");
  try {
    writeAll(fs, fd, bytes, position);
  } finally {
    fs.close(fd);
  }
}

/** Where our first line with at least this `seq` begins; the end when there is none. */
function offsetOf(bytes: Uint8Array, seq: number): number {
  for (let start = 0; ;) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end === -1) return bytes.length;
    const event = parseEventLine(decoder.decode(bytes.subarray(start, end)));
    if (event?.seq !== undefined && event.seq >= seq) return start;
    start = end + 1;
  }
}
