import { dirname } from "node:path/posix";
import type { FileSystem } from "./file-system.ts";
import { flushFolder } from "./flush-folder.ts";
import { isSystemError } from "./system-error.ts";

/**
 * Makes a folder and those above it that are missing (mode 0700). Links to folders count as folders.
 *
 * With `durable` the whole path survives a power cut once the call has returned, also when the folders
 * were there: whoever made the last one may have died before flushing its parent.
 * Throws `EEXIST` or `ENOTDIR` when something else is in the way.
 */
export function makeFolders(
  fs: FileSystem,
  path: string,
  { durable }: { readonly durable: boolean },
): void {
  const parent = dirname(path);
  if (parent === path) return;
  if (isFolder(fs, path)) {
    if (durable) flushFoundParent(fs, parent);
    return;
  }
  // top down, each level flushed before the next begins: so of those that somebody left unflushed only
  // the deepest can be
  makeFolders(fs, parent, { durable });
  try {
    fs.makeFolder(path);
  } catch (error) {
    // somebody else was first
    if (!isSystemError(error, "EEXIST") || !isFolder(fs, path)) throw error;
  }
  if (durable) flushNew(fs, path, parent);
}

function flushNew(fs: FileSystem, path: string, parent: string): void {
  try {
    flushFolder(fs, parent);
  } catch (error) {
    takeBack(fs, path);
    throw error;
  }
}

/** After a failed flush no later one can be trusted with this name: the next try makes it anew. */
function takeBack(fs: FileSystem, path: string): void {
  try {
    fs.removeFolder(path);
  } catch (error) {
    // somebody has put something into it; the failure that led here is the one to report
    if (!isSystemError(error)) throw error;
  }
}

function isFolder(fs: FileSystem, path: string): boolean {
  return fs.stat(`${path}/.`)?.kind === "folder";
}

function flushFoundParent(fs: FileSystem, parent: string): void {
  try {
    flushFolder(fs, parent);
  } catch (error) {
    // a parent that we may not read is somebody else's, like `/home` on some machines
    if (!isSystemError(error, "EACCES")) throw error;
  }
}
