import { type FileStat, type FileSystem, isSystemError, systemError } from "@tetra/durable-fs";
import { notFound } from "@tetra/tts-core";
import type { Environment } from "./environment.ts";
import { APPEND_LOCK, type FolderPaths, isThere, transactionPaths } from "./layout.ts";
import { isCurrent, readView, type View } from "./view.ts";

/** A transaction whose files this process keeps open to write to it. */
export interface OpenTransaction {
  readonly id: string;
  readonly paths: FolderPaths;
  readonly lockFd: number;
  /** Which file `lockFd` is. */
  readonly lockFile: Pick<FileStat, "device" | "inode">;
  readonly logFd: number;
  /** What was last read or written; `undefined`: read before use. */
  view: View | undefined;
  /** Whether this process flushed the folder and its parent (G2). */
  durable: boolean;
  /** Whether the append lock is held. */
  locked: boolean;
  /** Whether it is being waited for. */
  waiting: boolean;
  /** Whether `state.json` is behind the log, by our own writes. */
  stateBehind: boolean;
  /** Dead journals whose lines are known to be in the log. */
  readonly replayed: Set<string>;
}

interface OpenFiles {
  readonly id: string;
  readonly lockFd: number;
  readonly logFd: number;
}

/** The transactions a store has open. */
export interface OpenTransactions {
  /** Opens it, or returns it. @throws TetraError `NOT_FOUND`, `INVALID_ID` */
  open(id: string): OpenTransaction;
  /** What is open already. */
  get(id: string): OpenTransaction | undefined;
  /** Takes over a transaction that was just made, its lock held. */
  adopt(made: OpenFiles & { readonly view: View }): OpenTransaction;
  /** Forgets it: nothing that was read of it is trusted any more. Its lock is lost. */
  drop(tx: OpenTransaction): void;
  /** Closes what is not needed now when too much is open. */
  trim(): void;
  all(): Iterable<OpenTransaction>;
}

/** More than enough for what runs at once, and far below the usual limit of 1,024 descriptors. */
const MOST_OPEN = 200;

/** Makes the set of open transactions of one store. */
export function openTransactions({ fs, root }: Environment): OpenTransactions {
  const opened = new Map<string, OpenTransaction>();

  function adopt(made: OpenFiles & { readonly view?: View }): OpenTransaction {
    const tx: OpenTransaction = {
      id: made.id,
      paths: transactionPaths(root, made.id),
      lockFd: made.lockFd,
      lockFile: fs.statOpen(made.lockFd),
      logFd: made.logFd,
      view: made.view,
      durable: false,
      locked: false,
      waiting: false,
      stateBehind: false,
      replayed: new Set(),
    };
    opened.set(made.id, tx);
    return tx;
  }

  function drop(tx: OpenTransaction): void {
    if (opened.get(tx.id) !== tx) return;
    opened.delete(tx.id);
    tx.locked = false;
    fs.close(tx.lockFd);
    fs.close(tx.logFd);
  }

  return {
    open(id) {
      const known = opened.get(id);
      if (known !== undefined) {
        // most recently used last
        opened.delete(id);
        opened.set(id, known);
        return known;
      }
      const paths = transactionPaths(root, id);
      return adopt({ id, ...openFiles(fs, id, paths) });
    },
    get: (id) => opened.get(id),
    adopt,
    drop,
    trim() {
      for (const tx of opened.values()) {
        if (opened.size <= MOST_OPEN) return;
        if (!isBusy(tx) && !tx.stateBehind) drop(tx);
      }
    },
    all: () => opened.values(),
  };
}

function openFiles(
  fs: FileSystem,
  id: string,
  paths: FolderPaths,
): { lockFd: number; logFd: number } {
  if (!isThere(fs, paths)) throw notFound(id);
  try {
    const lockFd = openLock(fs, paths);
    try {
      return { lockFd, logFd: fs.open(paths.log, "append") };
    } catch (error) {
      fs.close(lockFd);
      throw error;
    }
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR")) throw notFound(id);
    throw error;
  }
}

function openLock(fs: FileSystem, paths: FolderPaths): number {
  makeLocksFolder(fs, paths);
  return fs.open(paths.lock, "append");
}

/** Makes the folder of the lock if it is not there; a link in its place is refused. */
export function makeLocksFolder(fs: FileSystem, paths: FolderPaths): void {
  const locks = fs.stat(paths.locks);
  if (locks === undefined) {
    // another tool's transaction has no locks folder yet
    try {
      fs.makeFolder(paths.locks);
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) throw error;
    }
  } else if (locks.kind !== "folder") {
    throw systemError("ELOOP", "open", paths.locks);
  }
}

/** Whether a turn has its lock, or waits for it: its descriptors must stay open. */
export function isBusy(tx: OpenTransaction): boolean {
  return tx.locked || tx.waiting;
}

/** Takes the append lock if it is free. @returns whether it is had. */
export function tryAppendLock(fs: FileSystem, tx: OpenTransaction): boolean {
  if (tx.locked) return true;
  tx.locked = fs.tryLock(tx.lockFd, APPEND_LOCK);
  return tx.locked;
}

/** Gives the append lock back. */
export function releaseAppendLock(fs: FileSystem, tx: OpenTransaction): void {
  if (!tx.locked) return;
  tx.locked = false;
  fs.unlock(tx.lockFd, APPEND_LOCK);
}

/** Whether the locked file is still the one at the path: a lock on a removed file excludes nobody. */
export function isStillThere(fs: FileSystem, tx: OpenTransaction): boolean {
  const now = fs.stat(tx.paths.lock);
  return now?.inode === tx.lockFile.inode && now.device === tx.lockFile.device;
}

/** The transaction as it is on disk now. Under the append lock, nobody of ours changes it after that. */
export function refresh(fs: FileSystem, tx: OpenTransaction): View {
  const { view, paths, logFd } = tx;
  if (view !== undefined && isCurrent(fs, paths, logFd, view)) return view;
  const fresh = readView(fs, tx.id, { paths, logFd, before: view });
  tx.view = fresh;
  return fresh;
}
