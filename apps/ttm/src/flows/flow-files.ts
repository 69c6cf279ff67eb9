import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path/posix";
import {
  type FileLock,
  type FileSystem,
  flushFolder,
  flushTree,
  isSystemError,
  isTemporaryName,
  lockFile,
  makeFolders,
  nodeFileSystem,
  readFile,
  removeTree,
  swapLink,
  tryLockFile,
  writeFileAtomic,
} from "@tetra/durable-fs";
import type { FlowFiles, FlowFileStat, PlannedItem, TreeItem } from "@tetra/rag-adapter";
import { compareBytes } from "@tetra/tts-core";

// The files of flows on a disk: private to the user, durable once a promise resolves.
//
// P1. A folder is published by building it in `.promoting/<random>/` beside its place, flushing all of it,
//     renaming it, and flushing the folder it is in. A folder that is there is never replaced.
// P2. What a dead process was building has a lock that dies with it; the next one who publishes there
//     removes it.

const PUBLISHING = ".promoting";
/** As many as Linux follows. */
const MOST_LINKS = 40;
const WHOLE_FILE = { offset: 0, length: 1 } as const;

/** What tests put in the place of chance. */
export interface FlowFilesSeams {
  readonly fs?: FileSystem;
  readonly random?: () => string;
}

/** The files of flows on this machine. */
export function flowFiles(seams: FlowFilesSeams = {}): FlowFiles {
  const fs = seams.fs ?? nodeFileSystem();
  const random = seams.random ?? (() => randomBytes(6).toString("hex"));

  return {
    stat: async (path) => statOf(fs, path),
    real: async (path) => realPath(fs, path),
    read: async (path) => readFollowing(fs, path),
    names: async (folder) => namesIn(fs, folder),
    makeFolder: async (path) => makeFolders(fs, path, { durable: true }),
    replace: async (path, bytes) => writeFileAtomic(fs, path, bytes, { durable: true }),
    rename: async (from, to) => {
      fs.rename(from, to);
      flushFolder(fs, dirname(to));
    },
    remove: async (path) => {
      try {
        fs.removeFile(path);
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
      flushFolder(fs, dirname(path));
    },
    link: async (target, path) => {
      swapLink(fs, target, path);
      flushFolder(fs, dirname(path));
    },
    exclusively: async (path, run) => {
      makeFolders(fs, dirname(path), { durable: false });
      const lock = tryLockFile(fs, path, WHOLE_FILE) ?? (await lockFile(fs, path, WHOLE_FILE));
      try {
        return await run();
      } finally {
        lock.release();
      }
    },
    sweep: async (folder) => {
      for (const name of allNames(fs, folder)) {
        if (isTemporaryName(name)) removeTree(fs, join(folder, name));
      }
    },
    tree: async (folder) => [...below(fs, folder, "")],
    publish: async (to, plan) => publish({ fs, random }, to, plan),
  };
}

function statOf(fs: FileSystem, path: string): FlowFileStat | undefined {
  const stat = fs.stat(path);
  if (stat === undefined) return undefined;
  const { kind, size } = stat;
  if (kind !== "link") return { kind, bytes: kind === "file" ? size : 0 };
  return { kind, bytes: 0, target: fs.readLink(path) };
}

/** As realpath(3) does it; `undefined` when the path leads nowhere, or in circles. */
function realPath(fs: FileSystem, path: string): string | undefined {
  let at = "";
  let rest = partsOf(path);
  for (let links = 0; rest.length > 0;) {
    const [part = "", ...after] = rest;
    rest = after;
    if (part === "..") {
      at = at.slice(0, Math.max(at.lastIndexOf("/"), 0));
      continue;
    }
    const next = `${at}/${part}`;
    const kind = fs.stat(next)?.kind;
    if (kind === undefined) return undefined;
    if (kind !== "link") {
      at = next;
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) return undefined;
    const target = fs.readLink(next);
    rest = [...partsOf(target), ...rest];
    if (target.startsWith("/")) at = "";
  }
  return at === "" ? "/" : at;
}

function partsOf(path: string): readonly string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** A link that the user made leads to a file of the user's: it is followed. */
function readFollowing(fs: FileSystem, path: string): Uint8Array | undefined {
  const real = fs.stat(path)?.kind === "link" ? realPath(fs, path) : path;
  if (real === undefined) return undefined;
  try {
    return readFile(fs, real);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Without what is being written. */
function namesIn(fs: FileSystem, folder: string): readonly string[] {
  return allNames(fs, folder)
    .filter((name) => !isTemporaryName(name))
    .toSorted(compareBytes);
}

function allNames(fs: FileSystem, folder: string): readonly string[] {
  try {
    return fs.names(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function* below(fs: FileSystem, folder: string, prefix: string): Generator<TreeItem> {
  for (const name of namesIn(fs, folder)) {
    const path = `${prefix}${name}`;
    const stat = statOf(fs, join(folder, name));
    switch (stat?.kind) {
      case "folder":
        yield { path, kind: "folder" };
        yield* below(fs, join(folder, name), `${path}/`);
        break;
      case "file":
        yield { path, kind: "file" };
        break;
      case "link":
        yield { path, kind: "link", target: stat.target ?? "" };
        break;
      case "other": // sockets, pipes and devices are nobody's content
      case undefined: // removed meanwhile
        break;
    }
  }
}

interface Publisher {
  readonly fs: FileSystem;
  readonly random: () => string;
}

/** P1 */
async function publish(
  { fs, random }: Publisher,
  to: string,
  plan: readonly PlannedItem[],
): Promise<boolean> {
  const parent = dirname(to);
  const nursery = join(parent, PUBLISHING);
  makeFolders(fs, nursery, { durable: false });
  sweep(fs, nursery);
  if (fs.stat(to) !== undefined) return false;
  const place = makePlace(fs, nursery, random);
  try {
    const built = join(place.folder, basename(to));
    fs.makeFolder(built);
    for (const item of plan) await make(fs, join(built, item.path), item);
    await flushTree(fs, built);
    // a rename replaces an empty folder
    if (fs.stat(to) !== undefined) return false;
    fs.rename(built, to);
    flushFolder(fs, parent);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOTEMPTY") || isSystemError(error, "EEXIST")) return false;
    throw error;
  } finally {
    removeTree(fs, place.folder);
    place.lock.release();
  }
}

async function make(fs: FileSystem, path: string, item: PlannedItem): Promise<void> {
  switch (item.kind) {
    case "folder":
      fs.makeFolder(path);
      return;
    case "content":
      writeFileAtomic(fs, path, item.bytes, { durable: false });
      return;
    case "copy":
      await fs.copy(item.from, path);
      return;
    case "link":
      fs.makeLink(item.target, path);
      return;
  }
}

function makePlace(
  fs: FileSystem,
  nursery: string,
  random: () => string,
): { readonly folder: string; readonly lock: FileLock } {
  for (;;) {
    const folder = join(nursery, random());
    try {
      fs.makeFolder(folder);
      const lock = tryLockFile(fs, join(folder, ".lock"), WHOLE_FILE);
      if (lock !== undefined) return { folder, lock };
    } catch (error) {
      // a sweeper took it for a dead process's before it was locked
      if (!isSystemError(error, "ENOENT") && !isSystemError(error, "EEXIST")) throw error;
      if (fs.stat(nursery) === undefined) throw error;
    }
  }
}

/** P2 */
function sweep(fs: FileSystem, nursery: string): void {
  for (const name of fs.names(nursery)) {
    const folder = join(nursery, name);
    const lock = lockOf(fs, join(folder, ".lock"));
    if (lock === "held") continue;
    removeTree(fs, folder);
    if (lock !== "none") lock.release();
  }
}

function lockOf(fs: FileSystem, path: string): FileLock | "held" | "none" {
  try {
    return tryLockFile(fs, path, WHOLE_FILE) ?? "held";
  } catch (error) {
    if (isMissing(error)) return "none";
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR");
}
