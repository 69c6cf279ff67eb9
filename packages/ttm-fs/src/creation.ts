import {
  type FileLock,
  type FileSystem,
  flushFolder,
  isSystemError,
  removeTree,
  tryLockFile,
  versionOf,
  writeAll,
} from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import {
  blankTransaction,
  evolve,
  formatState,
  type NewEvent,
  seal,
  type Transaction,
  type TtsErrorCode,
} from "@tetra/tts-core";
import type { FolderPaths } from "./layout.ts";
import { LEASE_LOCK, packedPath, transactionPaths } from "./layout.ts";
import {
  abandon,
  type HiddenFolder,
  makeHiddenFolder,
  makeNewParts,
  writeNewFile,
} from "./new-folder.ts";
import type { OpenTransaction } from "./open-transactions.ts";
import type { View } from "./view.ts";
import { formatLines, type WriteParts } from "./write-path.ts";

// A new transaction is built in a hidden folder and renamed into place: visible whole or not at all.
//
// C1. The log, then its folder, are flushed before the rename, and the parent after it; or a flushed
//     journal says everything that is needed to make the folder again.
// C2. Nothing else is flushed: every other file can be made again from the first event.
// C3. A folder that is there is never replaced.

const encoder = new TextEncoder();

/** A transaction that somebody wants made. */
export interface WantedTransaction {
  readonly events: readonly NewEvent[];
  /** Whether its lease is taken with it: held from before anybody can see it. */
  readonly leased?: boolean;
}

/** A transaction that was made. */
export interface Created {
  readonly transaction: Transaction;
  /** The lock of its lease, when that was wanted. */
  readonly lease: FileLock | undefined;
}

/** A transaction that is built but not yet visible. */
export interface BuiltTransaction {
  readonly id: string;
  readonly paths: FolderPaths;
  readonly hidden: HiddenFolder;
  readonly lease: FileLock | undefined;
  readonly logFd: number;
  /** The lines of its log. */
  readonly text: string;
  readonly view: View;
}

/**
 * Builds a transaction in a hidden folder; nothing is flushed.
 * @throws TetraError `EXISTS`
 */
export function build(
  { env }: WriteParts,
  id: string,
  { events, leased = false }: WantedTransaction,
): BuiltTransaction {
  const { fs, root } = env;
  const paths = transactionPaths(root, id);
  if (fs.stat(paths.folder) !== undefined || isPutAway(fs, root, id)) throw exists(id); // C3
  const sealed = seal(0, events);
  const text = formatLines(id, sealed);
  const transaction = sealed.reduce(evolve, blankTransaction(id));
  const hidden = makeHiddenFolder(env);
  try {
    const logFd = fs.open(hidden.paths.log, "append");
    try {
      const bytes = encoder.encode(text);
      writeAll(fs, logFd, bytes);
      const state = formatState(transaction.state, transaction.revision);
      writeNewFile(fs, hidden.paths.state, state);
      makeNewParts(env, hidden.paths, transaction);
      const stored = fs.stat(hidden.paths.state);
      const view: View = {
        transaction,
        adoption: undefined,
        stale: false,
        wholeLength: bytes.length,
        logLength: bytes.length,
        damage: undefined,
        endsForeign: false,
        endsOpen: false,
        stored: { version: stored && versionOf(stored), text: state },
      };
      const lease = leased ? tryLockFile(fs, hidden.paths.lock, LEASE_LOCK) : undefined;
      return { id, paths, hidden, lease, logFd, text, view };
    } catch (error) {
      fs.close(logFd);
      throw error;
    }
  } catch (error) {
    abandon(env.fs, hidden);
    throw error;
  }
}

/** What is told to whoever wanted it. */
export function createdOf({ view, lease }: BuiltTransaction): Created {
  return { transaction: view.transaction, lease };
}

/** C1, alone: three flushes. Durable and visible afterwards, its lock held. */
export function publishAlone(parts: WriteParts, built: BuiltTransaction): OpenTransaction {
  const { fs, root } = parts.env;
  try {
    fs.flush(built.logFd);
    flushFolder(fs, built.hidden.paths.folder);
  } catch (error) {
    discardBuilt(parts, built);
    throw error;
  }
  parts.mark([built.id]);
  const tx = makeVisible(parts, built);
  try {
    flushFolder(fs, root);
  } catch (error) {
    takeBack(parts, tx, built);
    throw error;
  }
  tx.durable = true;
  parts.changed([built.id]);
  return tx;
}

/** What is visible but not durable must not be built upon: after a failed flush nothing makes it so. */
function takeBack({ env, opened }: WriteParts, tx: OpenTransaction, built: BuiltTransaction): void {
  const { fs } = env;
  try {
    fs.rename(built.paths.folder, built.hidden.paths.folder);
    removeTree(fs, built.hidden.paths.folder);
  } catch (error) {
    // the failure that led here is the one to report
    if (!isSystemError(error)) throw error;
  }
  opened.drop(tx);
  built.lease?.release();
}

/**
 * Renames into place.
 * @throws TetraError `EXISTS` when somebody took the id meanwhile (C3).
 */
export function makeVisible(parts: WriteParts, built: BuiltTransaction): OpenTransaction {
  const { env, opened } = parts;
  const { id, paths, hidden, logFd, view } = built;
  try {
    // a rename would replace an empty folder
    if (env.fs.stat(paths.folder) !== undefined) throw exists(id);
    env.fs.rename(hidden.paths.folder, paths.folder);
  } catch (error) {
    discardBuilt(parts, built);
    throw isSystemError(error, "ENOTEMPTY") || isSystemError(error, "EEXIST") ? exists(id) : error;
  }
  const tx = opened.adopt({ id, lockFd: hidden.lock.fd, logFd, view });
  tx.locked = true;
  return tx;
}

/** Takes back what was built. */
export function discardBuilt({ env }: WriteParts, built: BuiltTransaction): void {
  const { hidden, lease, logFd } = built;
  lease?.release();
  env.fs.close(logFd);
  abandon(env.fs, hidden);
}

/** Its log is kept: a later transaction of the same id would replace it one day. */
function isPutAway(fs: FileSystem, root: string, id: string): boolean {
  return (["whole", "log"] as const).some(
    (kept) => fs.stat(packedPath(root, id, kept)) !== undefined,
  );
}

function exists(id: string): TetraError<TtsErrorCode> {
  return new TetraError("EXISTS", `${id}: a transaction of this id is there already`, {
    hint: "choose another id",
    details: { id },
  });
}
