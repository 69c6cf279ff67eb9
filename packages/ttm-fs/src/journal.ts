import { join } from "node:path/posix";
import { flushFolder, isSystemError, makeFolders, writeAll } from "@tetra/durable-fs";
import type { FileSystem } from "@tetra/durable-fs";
import { WRITER_LOCK } from "./dead-journals.ts";
import type { Environment } from "./environment.ts";
import { formatJournalRecord, type JournalRecord } from "./journal-record.ts";
import { HIDDEN, transactionPaths } from "./layout.ts";

// A process's own journal: what lets many appends share one flush ("Group commit" in the design).
//
// G1. Made hidden, locked, renamed, its folder flushed, before anything in it is acknowledged.
// G3. Removed only after everything it covers is flushed in the logs; the folder is flushed after that.
// G6. Given up (its lock dropped, the file left) by whoever cannot put its lines into the logs.

/** The journal of one store. */
export interface Journal {
  /** The name of the file in use, if there is one. */
  readonly name: string | undefined;
  /** Bytes in the file in use. */
  readonly size: number;
  /** Writes the records and flushes them: once resolved they are durable. */
  commit(records: readonly JournalRecord[]): Promise<void>;
  /** Whether the file in use, or one that is being retired, holds lines of this transaction. */
  names(id: string): boolean;
  /**
   * Leaves the file to whoever finds it: from now on its writer counts as dead, and its lines are put
   * into the logs by the next one who looks.
   */
  giveUp(): void;
  /**
   * Sets the file in use aside: the next batch begins a new one. Only while no batch is under way, for
   * its lines are not in the logs yet.
   */
  rotate(): void;
  /** Flushes in the logs what the files set aside cover, and removes them. */
  retire(): Promise<void>;
}

interface JournalFile {
  readonly name: string;
  readonly path: string;
  readonly fd: number;
  size: number;
  /** Covered transactions; `true`: their folder is new. */
  readonly covered: Map<string, boolean>;
}

const encoder = new TextEncoder();
/** Half of Node's thread pool: the other half is for whoever waits for a lock or a journal. */
const FLUSHES_AT_ONCE = 2;

/** Makes the journal of one store; no file is made before the first commit. */
export function ownJournal(env: Environment): Journal {
  const { fs, root } = env;
  const folder = join(root, HIDDEN.journal);
  let current: JournalFile | undefined;
  const retiring = new Set<JournalFile>();
  let retirement: Promise<void> = Promise.resolve();

  function giveUp(): void {
    for (const file of [...(current === undefined ? [] : [current]), ...retiring])
      fs.close(file.fd);
    current = undefined;
    retiring.clear();
  }

  async function retireAll(): Promise<void> {
    for (const file of retiring) {
      try {
        await flushCovered(fs, root, file.covered);
        if (!retiring.has(file)) continue; // given up meanwhile
        fs.removeFile(file.path);
        flushFolder(fs, folder);
      } finally {
        // not removed, it counts as dead from now on and is replayed: G3 holds
        if (retiring.delete(file)) fs.close(file.fd);
      }
    }
  }

  return {
    get name() {
      return current?.name;
    },
    get size() {
      return current?.size ?? 0;
    },
    async commit(records) {
      const file = (current ??= makeJournalFile(env, folder));
      const bytes = encoder.encode(records.map(formatJournalRecord).join(""));
      try {
        for (const { txn, new: isNew } of records) {
          file.covered.set(txn, isNew === true || file.covered.get(txn) === true);
        }
        writeAll(fs, file.fd, bytes);
        file.size += bytes.length;
        await fs.flushLater(file.fd);
      } catch (error) {
        if (current === file) giveUp();
        throw error;
      }
    },
    names: (id) =>
      current?.covered.has(id) === true || [...retiring].some(({ covered }) => covered.has(id)),
    giveUp,
    rotate() {
      if (current !== undefined) retiring.add(current);
      current = undefined;
    },
    retire() {
      retirement = retirement.then(retireAll, retireAll);
      return retirement;
    },
  };
}

/** G1 */
function makeJournalFile({ fs, random }: Environment, folder: string): JournalFile {
  makeFolders(fs, folder, { durable: true });
  for (;;) {
    const writer = random();
    const hidden = join(folder, `.${writer}.ndjson`);
    const name = `${writer}.ndjson`;
    const fd = fs.open(hidden, "create");
    try {
      if (fs.tryLock(fd, WRITER_LOCK)) {
        fs.rename(hidden, join(folder, name));
        flushFolder(fs, folder);
        return { name, path: join(folder, name), fd, size: 0, covered: new Map() };
      }
    } catch (error) {
      fs.close(fd);
      // a sweeper took the unlocked file for a dead process's
      if (isSystemError(error, "ENOENT")) continue;
      throw error;
    }
    fs.close(fd);
  }
}

/** G3: logs, then for new transactions their folders, then the folder that holds them. */
async function flushCovered(
  fs: FileSystem,
  root: string,
  covered: ReadonlyMap<string, boolean>,
): Promise<void> {
  const queue = [...covered];
  let anyNew = false;
  const worker = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [id, isNew] = next;
      const paths = transactionPaths(root, id);
      // somebody may have removed the folder by hand: then there is nothing left to keep
      if (fs.stat(paths.folder) === undefined) continue;
      await flushPath(fs, paths.log, "update");
      if (!isNew) continue;
      anyNew = true;
      await flushPath(fs, paths.folder, "folder");
    }
  };
  await Promise.all(Array.from({ length: FLUSHES_AT_ONCE }, worker));
  if (anyNew) await flushPath(fs, root, "folder");
}

async function flushPath(fs: FileSystem, path: string, mode: "update" | "folder"): Promise<void> {
  const fd = fs.open(path, mode);
  try {
    await fs.flushLater(fd);
  } finally {
    fs.close(fd);
  }
}
