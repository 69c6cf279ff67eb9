import { type FileStat, sameVersion } from "@tetra/durable-fs";
import type { Environment } from "./environment.ts";
import type { IndexEntry } from "./index-file.ts";
import { type FolderPaths, transactionPaths } from "./layout.ts";
import { isNoFile, peek } from "./view.ts";

// Every marked transaction is read again for every list. To read and fold one costs ten times what it
// costs to ask whether it changed, so what was read is kept until it does.
//
// E1. What is kept was asked for before it was read: a write in between makes it another version.
// E2. It is kept only if something was changed later than it, as the file system stamped it, before it
//     was read. Within one tick of that clock a later write could leave the same stamps; after that
//     tick it cannot. The stamp is `ctime`, which nobody can set.
// E3. Log, state and folder are all asked for: another tool may write any of them, and may put a link
//     that leads out of the store in the place of the folder.

/** Reads marked transactions. */
export interface MarkedEntries {
  /** Each as it is now; what is none is left out. Forgets all others. */
  read(ids: Iterable<string>): readonly IndexEntry[];
}

/** What tells one version of a transaction from another. */
interface Stamps {
  readonly state: FileStat | undefined;
  readonly log: FileStat | undefined;
}

interface Kept {
  readonly paths: FolderPaths;
  readonly stamps: Stamps;
  readonly entry: IndexEntry;
}

/** Reads marked transactions of one store, keeping what was read of those that do not change. */
export function markedEntries(env: Environment): MarkedEntries {
  const { fs, root } = env;
  let kept = new Map<string, Kept>();
  /** The latest change that was seen: the clock of the file system has come so far. */
  let seenMs = 0;

  function ask(paths: FolderPaths): Stamps | undefined {
    if (fs.stat(paths.folder)?.kind !== "folder") return undefined; // E3
    return { state: fs.stat(paths.state), log: fs.stat(paths.log) };
  }

  return {
    read(ids) {
      const entries: IndexEntry[] = [];
      const next = new Map<string, Kept>();
      for (const id of ids) {
        const known = kept.get(id);
        const paths = known?.paths ?? transactionPaths(root, id);
        const stamps = ask(paths); // E1
        const entry = isSame(known?.stamps, stamps) ? known?.entry : readEntry(env, id, paths);
        if (entry === undefined) continue;
        entries.push(entry);
        if (stamps === undefined) continue;
        const changedMs = Math.max(stamps.state?.ctimeMs ?? 0, stamps.log?.ctimeMs ?? 0);
        if (changedMs < seenMs) next.set(id, { paths, stamps, entry }); // E2
        seenMs = Math.max(seenMs, changedMs);
      }
      kept = next;
      return entries;
    },
  };
}

/** A transaction as the list shows it; whoever put something else than a file there does not hide others. */
export function readEntry(
  { fs, root }: Environment,
  id: string,
  paths: FolderPaths = transactionPaths(root, id),
): IndexEntry | undefined {
  try {
    const view = peek(fs, id, paths);
    return view === undefined ? undefined : { id, state: view.transaction.state };
  } catch (error) {
    if (isNoFile(error)) return undefined; // diagnose tells of it
    throw error;
  }
}

function isSame(before: Stamps | undefined, now: Stamps | undefined): boolean {
  if (before === undefined || now === undefined) return false;
  return isSameFile(before.state, now.state) && isSameFile(before.log, now.log);
}

function isSameFile(before: FileStat | undefined, now: FileStat | undefined): boolean {
  return sameVersion(before, now) && before?.ctimeMs === now?.ctimeMs;
}
