import { basename, dirname, join } from "node:path/posix";
import {
  type FileLock,
  type FileSystem,
  flushFolder,
  isSystemError,
  makeFolders,
  readFile,
  removeTree,
  tryLockFile,
  writeFileAtomic,
} from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import { parseInstant, STANDARD, type TransactionState, type TtsErrorCode } from "@tetra/tts-core";
import { clearActive, readActive } from "./active-link.ts";
import { namesIn } from "./blob-files.ts";
import {
  APPEND_LOCK,
  type FolderPaths,
  HIDDEN,
  LEASE_LOCK,
  PACKED,
  packedPath,
  transactionPaths,
} from "./layout.ts";
import { abandon, makeHiddenFolder } from "./new-folder.ts";
import { isBusy, makeLocksFolder } from "./open-transactions.ts";
import type { Progress, Retention } from "./store-api.ts";
import { peek } from "./view.ts";
import type { WriteParts } from "./write-path.ts";

// Putting finished transactions away.
//
// P1. Packed and flushed first, removed after that: a log is never lost (invariant 13).
// P2. Nothing that a journal still names is touched, nor what anybody has a lock on.
// P3. Open transactions are never touched.

/** Compression is loaded by whoever puts something away, not by every reader of a store. */
const packing = () => import("./packing.ts");

/** What putting away needs. */
export interface ArchiveParts {
  readonly write: WriteParts;
  /** Flushes what the own journal covers, so that it names nothing any more. */
  readonly settle: () => Promise<void>;
  readonly list: () => Promise<readonly TransactionState[]>;
}

/** Packs finished transactions whole. @returns their ids. */
export async function archiveOld(
  parts: ArchiveParts,
  retention: Retention,
): Promise<readonly string[]> {
  const ids = finishedBefore(await parts.list(), retention);
  const { root } = parts.write.env;
  return await putAway(parts, { ids, retention, job: "archive" }, (id, paths) =>
    packTo(parts, paths, packedPath(root, id, "whole")),
  );
}

/** Keeps only the logs of finished transactions, and of archives that are old enough. @returns their ids. */
export async function pruneOld(
  parts: ArchiveParts,
  retention: Retention,
): Promise<readonly string[]> {
  const { env } = parts.write;
  const ids = finishedBefore(await parts.list(), retention);
  const pruned = await putAway(parts, { ids, retention, job: "prune" }, (id, paths) =>
    keepLog(parts, packedPath(env.root, id, "log"), readFile(env.fs, paths.log)),
  );
  const archives = oldArchives(parts, retention);
  for (const id of retention.dryRun === true ? [] : archives) {
    const archive = packedPath(env.root, id, "whole");
    const { readPacked } = await packing();
    const log = await readPacked(env.fs, archive, "events.ndjson");
    await keepLog(parts, packedPath(env.root, id, "log"), log ?? new Uint8Array());
    env.fs.removeFile(archive);
    flushFolder(env.fs, dirname(archive));
  }
  return [...new Set([...pruned, ...archives])].toSorted();
}

/** Unpacks an archived transaction into its place. @throws TetraError `NOT_FOUND`, `EXISTS` */
export async function restoreArchived({ write }: ArchiveParts, id: string): Promise<void> {
  const { env, mark, changed } = write;
  const { fs, root } = env;
  const archive = packedPath(root, id, "whole");
  if (fs.stat(archive) === undefined) {
    throw new TetraError<TtsErrorCode>("NOT_FOUND", `${id}: no such archive`, {
      hint: "list the archived transactions to see their ids",
      details: { id },
    });
  }
  const paths = transactionPaths(root, id);
  if (fs.stat(paths.folder) !== undefined) {
    throw new TetraError<TtsErrorCode>("EXISTS", `${id}: is there already`, {
      hint: "nothing needs to be restored",
      details: { id },
    });
  }
  const hidden = makeHiddenFolder(env);
  try {
    const { unpackFolder } = await packing();
    const without = basename(paths.locks); // the hidden folder's own lock is held
    await unpackFolder(fs, archive, { folder: hidden.paths.folder, without });
    mark([id]);
    fs.rename(hidden.paths.folder, paths.folder);
    changed([id]);
  } catch (error) {
    removeTree(fs, hidden.paths.folder);
    throw error;
  } finally {
    hidden.lock.release();
  }
  flushFolder(fs, root);
  fs.removeFile(archive);
}

/** Ids of archived transactions, sorted. */
export function archivedIds({ env }: WriteParts): readonly string[] {
  return namesIn(env.fs, join(env.root, HIDDEN.archive))
    .filter((name) => name.endsWith(PACKED.whole) && !name.startsWith("."))
    .map((name) => name.slice(0, -PACKED.whole.length))
    .toSorted();
}

interface Batch {
  readonly ids: readonly string[];
  readonly retention: Retention;
  readonly job: Progress["job"];
}

async function putAway(
  parts: ArchiveParts,
  { ids, retention, job }: Batch,
  pack: (id: string, paths: FolderPaths) => Promise<void>,
): Promise<readonly string[]> {
  const { env } = parts.write;
  if (retention.dryRun === true) return ids;
  if (ids.length === 0) return [];
  await parts.settle();
  makeFolders(env.fs, join(env.root, HIDDEN.archive), { durable: true });
  const done: string[] = [];
  for (const [at, id] of ids.entries()) {
    env.onProgress({ job, done: at, total: ids.length });
    if (await putOneAway(parts, { id, retention }, (paths) => pack(id, paths))) done.push(id);
  }
  env.onProgress({ job, done: ids.length, total: ids.length });
  return done;
}

/** @returns whether it was put away; `false` when somebody is at work on it (P2). */
async function putOneAway(
  { write }: ArchiveParts,
  { id, retention }: { id: string; retention: Retention },
  pack: (paths: FolderPaths) => Promise<void>,
): Promise<boolean> {
  const { env, opened, mark, changed } = write;
  const { fs, root } = env;
  const paths = transactionPaths(root, id);
  const open = opened.get(id);
  if (open !== undefined) {
    if (isBusy(open)) return false;
    opened.drop(open);
  }
  const locks = takeBoth(write, paths);
  if (locks === undefined) return false;
  try {
    const state = peek(fs, id, paths)?.transaction.state;
    if (state === undefined || finishedBefore([state], retention).length === 0) return false; // P3
    if (isNamed(write, id)) return false;
    await pack(paths); // P1
    if (readActive(env) === id) clearActive(env);
    mark([id]);
    const nursery = join(root, HIDDEN.new);
    const trash = join(nursery, env.random());
    makeFolders(fs, nursery, { durable: false });
    fs.rename(paths.folder, trash);
    changed([id]);
    // first of all the name is gone for good: half a transaction must never be seen
    flushFolder(fs, nursery);
    flushFolder(fs, root);
    removeTree(fs, trash);
    return true;
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** Both bytes: nobody appends, and no runner carries it out. */
function takeBoth({ env }: WriteParts, paths: FolderPaths): readonly FileLock[] | undefined {
  try {
    makeLocksFolder(env.fs, paths);
    const append = tryLockFile(env.fs, paths.lock, APPEND_LOCK);
    if (append === undefined) return undefined;
    const lease = tryLockFile(env.fs, paths.lock, LEASE_LOCK);
    if (lease !== undefined) return [append, lease];
    append.release();
    return undefined;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined; // gone meanwhile
    throw error;
  }
}

/** P2 */
function isNamed({ journal, dead }: WriteParts, id: string): boolean {
  return journal.names(id) || dead.anyNames(id, journal.name);
}

async function packTo(parts: ArchiveParts, paths: FolderPaths, target: string): Promise<void> {
  const { packFolder } = await packing();
  const without = basename(paths.locks);
  await putInPlace(parts, target, (fs, path) =>
    packFolder(fs, { folder: paths.folder, without }, path),
  );
}

async function keepLog(parts: ArchiveParts, target: string, log: Uint8Array): Promise<void> {
  const { packBytes } = await packing();
  await putInPlace(parts, target, (fs, path) =>
    writeFileAtomic(fs, path, packBytes(log), { durable: true }),
  );
}

/** P1. Made in a hidden folder, which is swept when we die amid it, then renamed, durably. */
async function putInPlace(
  { write }: ArchiveParts,
  target: string,
  make: (fs: FileSystem, path: string) => Promise<void> | void,
): Promise<void> {
  const { env } = write;
  const { fs, root } = env;
  const hidden = makeHiddenFolder(env);
  try {
    const made = join(hidden.paths.folder, "packed");
    await make(fs, made);
    fs.rename(made, target);
    flushFolder(fs, join(root, HIDDEN.archive));
  } finally {
    abandon(fs, hidden);
  }
}

function finishedBefore(
  states: readonly TransactionState[],
  retention: Retention,
): readonly string[] {
  const { olderThanMs, nowMs, stages = [STANDARD.done, STANDARD.fail] } = retention;
  const final = new Set(
    stages.filter((stage) => stage === STANDARD.done || stage === STANDARD.fail),
  );
  return states
    .filter(({ stage, last_checkpoint }) => {
      const at = parseInstant(last_checkpoint);
      return final.has(stage) && at !== undefined && nowMs - at >= olderThanMs;
    })
    .map(({ txn_id }) => txn_id);
}

function oldArchives(
  { write }: ArchiveParts,
  { olderThanMs, nowMs }: Retention,
): readonly string[] {
  const { fs, root } = write.env;
  return archivedIds(write).filter((id) => {
    const stat = fs.stat(packedPath(root, id, "whole"));
    return stat !== undefined && nowMs - stat.mtimeMs >= olderThanMs;
  });
}
