import { join } from "node:path/posix";
import {
  type FileLock,
  isSystemError,
  makeFolders,
  readFile,
  tryLockFile,
  writeAll,
  writeFileAtomic,
} from "@tetra/durable-fs";
import { isTransactionId, type ListQuery, type TransactionState } from "@tetra/tts-core";
import { namesIn } from "./blob-files.ts";
import type { Environment } from "./environment.ts";
import {
  compareEntries,
  formatIndex,
  type IndexEntry,
  readEntries,
  readHeader,
  readIds,
  readNamesNote,
} from "./index-file.ts";
import { formatBeginning, type Marks, parseMarks } from "./index-marks.ts";
import { APPEND_LOCK, HIDDEN, transactionPaths } from "./layout.ts";
import { markWriter } from "./mark-writer.ts";
import { markedEntries, readEntry } from "./marked-entries.ts";
import { isNoFile } from "./view.ts";

// The list of transactions, so that listing does not read 100,000 folders. It is only a cache: it can
// be deleted at any time, and it never says what the folders do not.
//
// I1. A writer puts the id into `marks` before it writes a log, under that transaction's append lock,
//     unless it knows the id to be in the very file that is there.
// I2. A reader reads every marked id again, and believes the base about all others. It reads `marks`,
//     then `marks.old`, then `base`; making a new base goes the other way round, so that what a reader
//     misses in one it finds in the next.
// I3. A new base is made from marks that were set aside. After that the append lock of each of their
//     transactions is had for a moment: a writer that looked at the old marks has finished by then, a
//     later one marks anew. Who is busy stays marked.
// I4. Marks do not survive a reboot, so after one the base is made anew.
// I5. A base is believed only beside the marks that were begun for it: they name it. Whoever deletes or
//     breaks the marks takes the base away with them.
// I6. `names` tells at which modification time of the folder base and marks together held every name.
//     At any other time the names are compared. It is written only when the time is past: within one
//     tick of the file system's clock a later change could look like an earlier one.

/** The index of one store. */
export interface IndexCache {
  /** I1. A cache that cannot be written is removed instead: it must not be believed. */
  mark(ids: readonly string[]): void;
  /** States that fit the query, newest first. */
  list(query: ListQuery): Promise<readonly TransactionState[]>;
  /** Closes what is open. */
  close(): void;
}

/** How many marked transactions are read again before a new base is worth its writing. */
const MARKS_WORTH_A_BASE = 500;
const READ_AT_ONCE = 1000;
const BLOCK = 1024 * 1024;
const WHOLE_FILE = { offset: 0, length: 1 } as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The right to make a new base, and what was set aside for it. */
interface BaseWriter {
  readonly lock: FileLock;
  /** What the new base is called: the marks name it already (I5). */
  readonly base: string;
  /** Ids whose marks were set aside. */
  readonly aside: ReadonlySet<string>;
}

interface Names {
  readonly names: readonly string[];
  /** The folder's modification time when they were read, if it is past (I6). */
  readonly settledMs: number | undefined;
}

/** Makes the index of one store. */
export function indexCache(env: Environment): IndexCache {
  const { fs, root } = env;
  const folder = join(root, HIDDEN.index);
  const paths = {
    base: join(folder, "base"),
    marks: join(folder, "marks"),
    old: join(folder, "marks.old"),
    names: join(folder, "names"),
    lock: join(folder, "lock"),
    clock: join(folder, "clock"),
  };
  const { mark, close } = markWriter(env, { folder, path: paths.marks }, () => remove(paths.base));

  const marked = markedEntries(env);

  async function list(query: ListQuery): Promise<readonly TransactionState[]> {
    const found = query.fresh === true ? undefined : (look() ?? look()); // renewed amid the first look
    if (found === undefined) return pick(await rebuild(), query.stage);
    const { base, again } = found;
    if (!base.namesKnown) compareNames(base, again);
    const entries: IndexEntry[] = [];
    for (const entry of readEntries(base.bytes, query.stage)) {
      if (!again.has(entry.id)) entries.push(entry);
    }
    if (again.size > 0) {
      entries.push(...marked.read(again));
      entries.sort(compareEntries);
    }
    if (again.size > MARKS_WORTH_A_BASE) renew();
    return pick(entries, query.stage);
  }

  /** I2. `undefined` when there is no base, or it cannot be believed. */
  function look(): { base: Base; again: Set<string> } | undefined {
    const current = readMarks(paths.marks);
    const old = readMarks(paths.old);
    const base = readBase();
    if (base === undefined || current.bases.length === 0) return undefined;
    if (![...current.bases, ...old.bases].includes(base.id)) return undefined; // I5
    return { base, again: new Set([...current.ids, ...old.ids]) };
  }

  interface Base {
    readonly bytes: Uint8Array;
    readonly id: string;
    readonly namesKnown: boolean;
  }

  function readBase(): Base | undefined {
    const bytes = readIfThere(paths.base);
    const header = bytes === undefined ? undefined : readHeader(bytes);
    if (bytes === undefined || header?.boot !== env.bootId()) return undefined; // I4
    const noted = readIfThere(paths.names);
    const note = noted === undefined ? undefined : readNamesNote(noted);
    const folderMs = fs.stat(root)?.mtimeMs;
    const namesKnown = note?.base === header.base && note.folderMs === folderMs; // I6
    return { bytes, id: header.base, namesKnown };
  }

  /** Adds to `again` what base and marks do not agree with the folder about. */
  function compareNames(base: Base, again: Set<string>): void {
    const { names, settledMs } = readNames();
    const differ = new Set(names);
    for (const id of readIds(base.bytes)) if (!differ.delete(id)) differ.add(id);
    const unmarked = [...differ].filter((id) => !again.has(id));
    for (const id of unmarked) again.add(id);
    if (env.readOnly) return;
    mark(unmarked);
    if (settledMs !== undefined) noteNames({ base: base.id, folderMs: settledMs });
  }

  function noteNames(note: { base: string; folderMs: number }): void {
    const bytes = encoder.encode(JSON.stringify(note));
    asCache(() => writeFileAtomic(fs, paths.names, bytes, { durable: false }));
  }

  /** I6 */
  function readNames(): Names {
    const now = env.readOnly ? undefined : asCache(readClock);
    const folderMs = fs.stat(root)?.mtimeMs;
    const names = namesIn(fs, root).filter(isTransactionId);
    const settled = now !== undefined && folderMs !== undefined && folderMs < now;
    return { names, settledMs: settled ? folderMs : undefined };
  }

  /** The time by the clock that stamps the folder, which only a write tells. */
  function readClock(): number {
    const fd = fs.open(paths.clock, "append");
    try {
      fs.truncate(fd, 0);
      writeAll(fs, fd, encoder.encode("."));
      return fs.statOpen(fd).mtimeMs;
    } finally {
      fs.close(fd);
    }
  }

  /** Reads every transaction, and keeps what was read as the new base. */
  async function rebuild(): Promise<readonly IndexEntry[]> {
    const writer = setMarksAside();
    try {
      const { names, settledMs } = readNames();
      const entries: IndexEntry[] = [];
      for (let at = 0; at < names.length; at += READ_AT_ONCE) {
        env.onProgress({ job: "index", done: at, total: names.length });
        entries.push(...readAgain(names.slice(at, at + READ_AT_ONCE)));
        await new Promise((resolve) => setImmediate(resolve));
      }
      env.onProgress({ job: "index", done: names.length, total: names.length });
      entries.sort(compareEntries);
      if (writer !== undefined) publish(writer, { entries, names, settledMs });
      return entries;
    } finally {
      writer?.lock.release();
    }
  }

  /** Makes a new base out of the old one and the marks. */
  function renew(): void {
    const writer = setMarksAside();
    if (writer === undefined) return;
    try {
      // read again: somebody else may have renewed it before the lock was had
      const old = readBase();
      if (old === undefined || !readMarks(paths.old).bases.includes(old.id)) return;
      const { names, settledMs } = readNames();
      const unknown = new Set(names);
      const entries: IndexEntry[] = [];
      for (const entry of readEntries(old.bytes)) {
        if (!unknown.has(entry.id) || writer.aside.has(entry.id)) continue;
        unknown.delete(entry.id);
        entries.push(entry);
      }
      entries.push(...marked.read(unknown));
      entries.sort(compareEntries);
      publish(writer, { entries, names, settledMs });
    } finally {
      writer.lock.release();
    }
  }

  /** I3. `undefined` when somebody else is at it, or nothing can be written. */
  function setMarksAside(): BaseWriter | undefined {
    if (env.readOnly || fs.stat(root) === undefined) return undefined;
    return asCache(() => {
      makeFolders(fs, folder, { durable: false });
      const lock = tryLockFile(fs, paths.lock, WHOLE_FILE);
      if (lock === undefined) return undefined;
      try {
        // what somebody who died had set aside comes first
        if (fs.stat(paths.old) === undefined && fs.stat(paths.marks) !== undefined) {
          fs.rename(paths.marks, paths.old);
        }
        const base = env.random();
        beginMarks(base);
        const aside = new Set(readMarks(paths.old).ids);
        mark([...aside].filter(isBusy));
        return { lock, base, aside };
      } catch (error) {
        lock.release();
        throw error;
      }
    });
  }

  /** I5 */
  function beginMarks(base: string): void {
    const fd = fs.open(paths.marks, "append");
    try {
      writeAll(fs, fd, encoder.encode(formatBeginning(base)));
    } finally {
      fs.close(fd);
    }
  }

  function isBusy(id: string): boolean {
    const { lock: path } = transactionPaths(root, id);
    if (fs.stat(path) === undefined) return false;
    try {
      const lock = tryLockFile(fs, path, APPEND_LOCK);
      lock?.release();
      return lock === undefined;
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return false;
      throw error;
    }
  }

  function publish(
    { base }: BaseWriter,
    { entries, names, settledMs }: Names & { readonly entries: readonly IndexEntry[] },
  ): void {
    // another tool makes the folder first and what is in it later
    const empty = new Set(names);
    for (const { id } of entries) empty.delete(id);
    mark([...empty]);
    asCache(() => {
      const temporary = `${paths.base}.new`;
      remove(temporary);
      const fd = fs.open(temporary, "create");
      try {
        writeBlocks(fd, formatIndex({ base, boot: env.bootId() }, entries));
      } finally {
        fs.close(fd);
      }
      fs.rename(temporary, paths.base);
      remove(paths.old);
      if (settledMs !== undefined) noteNames({ base, folderMs: settledMs });
    });
  }

  function writeBlocks(fd: number, lines: Iterable<string>): void {
    let block = "";
    for (const line of lines) {
      block += line;
      if (block.length < BLOCK) continue;
      writeAll(fs, fd, encoder.encode(block));
      block = "";
    }
    writeAll(fs, fd, encoder.encode(block));
  }

  function readAgain(ids: Iterable<string>): readonly IndexEntry[] {
    return Array.from(ids, (id) => readEntry(env, id)).filter((entry) => entry !== undefined);
  }

  function readMarks(path: string): Marks {
    const bytes = readIfThere(path);
    return parseMarks(bytes === undefined ? "" : decoder.decode(bytes));
  }

  function readIfThere(path: string): Uint8Array | undefined {
    try {
      return readFile(fs, path);
    } catch (error) {
      if (isNothing(error)) return undefined;
      throw error;
    }
  }

  function remove(path: string): void {
    try {
      fs.removeFile(path);
    } catch (error) {
      if (!isNothing(error)) throw error;
    }
  }

  return { mark, list, close };
}

/** What only helps the cache may fail: listing goes on without it. */
function asCache<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}

function pick(
  entries: readonly IndexEntry[],
  stage: string | undefined,
): readonly TransactionState[] {
  const states: TransactionState[] = [];
  for (const { state } of entries) {
    if (stage === undefined || state.stage === stage) states.push(state);
  }
  return states;
}

/** Whether there is no such file, or something else in its place: to the cache it is the same. */
function isNothing(error: unknown): boolean {
  return isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR") || isNoFile(error);
}
