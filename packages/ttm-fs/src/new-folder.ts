import { join } from "node:path/posix";
import { isSystemError, removeTree, tryLockFile, writeAll } from "@tetra/durable-fs";
import type { FileLock } from "@tetra/durable-fs";
import { policyFile, requestFile, type Transaction } from "@tetra/tts-core";
import type { Environment } from "./environment.ts";
import { APPEND_LOCK, type FolderPaths, folderPaths, HIDDEN } from "./layout.ts";

const POLICY = "000_policy.md";
const REQUEST = "010_request.md";
const encoder = new TextEncoder();

/** A transaction folder that is still hidden, with its append lock held. */
export interface HiddenFolder {
  readonly paths: FolderPaths;
  readonly lock: FileLock;
}

/**
 * Makes a hidden folder with everything in it but the log. The lock, which dies with this process,
 * tells a sweeper that it is being worked on.
 */
export function makeHiddenFolder({ fs, root, random }: Environment): HiddenFolder {
  const nursery = join(root, HIDDEN.new);
  for (;;) {
    const paths = folderPaths(join(nursery, random()));
    try {
      fs.makeFolder(paths.folder);
      fs.makeFolder(paths.locks);
      const lock = tryLockFile(fs, paths.lock, APPEND_LOCK);
      if (lock !== undefined) return { paths, lock };
    } catch (error) {
      // not there yet, or a sweeper took the folder for a dead process's before it was locked
      if (!isSystemError(error, "ENOENT")) throw error;
      if (fs.stat(nursery) === undefined) makeNursery(fs, nursery);
    }
  }
}

function makeNursery(fs: Environment["fs"], nursery: string): void {
  try {
    fs.makeFolder(nursery);
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
  }
}

/** Removes a hidden folder that is not needed any more. */
export function abandon(fs: Environment["fs"], hidden: HiddenFolder): void {
  try {
    removeTree(fs, hidden.paths.folder);
  } catch (error) {
    // the failure that led here is the one to report; a sweeper removes what stays
    if (!isSystemError(error)) throw error;
  }
  hidden.lock.release();
}

/** Makes what a new transaction has besides its log, its state and its lock: nothing of it is there. */
export function makeNewParts(
  { fs }: Environment,
  paths: FolderPaths,
  transaction: Transaction,
): void {
  for (const folder of partFolders(paths)) fs.makeFolder(folder);
  for (const path of partFiles(paths)) writeNewFile(fs, path, partText(path, transaction));
}

/** What can be made again from the first event: the folders, the policy and the request. */
export function makeDefaultParts(
  { fs }: Environment,
  paths: FolderPaths,
  transaction: Transaction,
): readonly string[] {
  const folders = missingFolders(fs, [paths.locks, ...partFolders(paths)]);
  for (const folder of folders) fs.makeFolder(folder);
  // a link in place of the folder would lead out of the store
  if (fs.stat(paths.context)?.kind !== "folder") return folders;
  const files = missingFiles(fs, paths);
  for (const path of files) {
    if (fs.stat(path) !== undefined) fs.removeFile(path);
    writeNewFile(fs, path, partText(path, transaction));
  }
  return [...folders, ...files];
}

/** What {@link makeDefaultParts} would make, but the folder of the lock, which every writer makes. */
export function missingParts(fs: Environment["fs"], paths: FolderPaths): readonly string[] {
  return [...missingFolders(fs, partFolders(paths)), ...missingFiles(fs, paths)];
}

function partText(path: string, { state }: Transaction): string {
  if (path.endsWith(POLICY)) return policyFile();
  return requestFile(state.description, state.target ?? "@local");
}

function partFiles(paths: FolderPaths): readonly string[] {
  return [POLICY, REQUEST].map((name) => join(paths.context, name));
}

function partFolders(paths: FolderPaths): readonly string[] {
  return [paths.context, paths.build, paths.artifacts];
}

function missingFolders(fs: Environment["fs"], folders: readonly string[]): readonly string[] {
  return folders.filter((folder) => fs.stat(folder) === undefined);
}

function missingFiles(fs: Environment["fs"], paths: FolderPaths): readonly string[] {
  return partFiles(paths).filter((path) => {
    const there = fs.stat(path);
    // a power cut can leave the name of a file without its content
    return there === undefined || (there.kind === "file" && there.size === 0);
  });
}

/** Writes a small file that was not there, unflushed. */
export function writeNewFile(fs: Environment["fs"], path: string, text: string): void {
  const fd = fs.open(path, "create");
  try {
    writeAll(fs, fd, encoder.encode(text));
  } finally {
    fs.close(fd);
  }
}

/**
 * Removes what dead processes left in the nursery: whoever's lock can be had is dead.
 * @returns the paths that were removed.
 */
export function sweepNursery({ fs, root }: Environment): readonly string[] {
  const nursery = join(root, HIDDEN.new);
  const swept: string[] = [];
  for (const name of namesIn(fs, nursery)) {
    const paths = folderPaths(join(nursery, name));
    const lock = lockOf(fs, paths);
    if (lock === "held") continue;
    removeTree(fs, paths.folder);
    if (lock !== "none") lock.release();
    swept.push(paths.folder);
  }
  return swept;
}

function lockOf(fs: Environment["fs"], paths: FolderPaths): FileLock | "held" | "none" {
  try {
    return tryLockFile(fs, paths.lock, APPEND_LOCK) ?? "held";
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR")) return "none";
    throw error;
  }
}

function namesIn(fs: Environment["fs"], folder: string): readonly string[] {
  try {
    return fs.names(folder);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return [];
    throw error;
  }
}
