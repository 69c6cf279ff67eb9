import { join } from "node:path/posix";
import { isSystemError, removeTree, tryLockFile, writeAll } from "@tetra/durable-fs";
import type { FileLock } from "@tetra/durable-fs";
import { policyFile, requestFile, type Transaction } from "@tetra/tts-core";
import type { Environment } from "./environment.ts";
import { APPEND_LOCK, type FolderPaths, folderPaths, HIDDEN } from "./layout.ts";

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

/** What can be made again from the first event: the folders, the policy and the request. */
export function makeDefaultParts(
  { fs }: Environment,
  paths: FolderPaths,
  { state }: Transaction,
): readonly string[] {
  const made: string[] = [];
  for (const folder of [paths.locks, paths.context, paths.build, paths.artifacts]) {
    if (fs.stat(folder) !== undefined) continue;
    fs.makeFolder(folder);
    made.push(folder);
  }
  // a link in place of the folder would lead out of the store
  if (fs.stat(paths.context)?.kind !== "folder") return made;
  const files = {
    "000_policy.md": policyFile(),
    "010_request.md": requestFile(state.description, state.target ?? "@local"),
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(paths.context, name);
    const there = fs.stat(path);
    // a power cut can leave the name of a file without its content
    if (there !== undefined && !(there.kind === "file" && there.size === 0)) continue;
    if (there !== undefined) fs.removeFile(path);
    writeNewFile(fs, path, text);
    made.push(path);
  }
  return made;
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
