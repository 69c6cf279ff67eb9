import { chmodSync, lchownSync, mkdirSync, readdirSync, renameSync, unlinkSync } from "node:fs";
import { TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";
import { copyAttributes } from "./attributes.ts";
import { below, type BytePath, bytesOf, shown } from "./byte-path.ts";
import { type Entry, look, looksLike } from "./entry.ts";
import { pacer } from "./pacer.ts";
import { makeWritable, moveFolder, removeFlat } from "./remove-flat.ts";
import { setModified } from "./system-tool.ts";

// What was touched is replaced by its copy, by renaming the copy into place: no data is written, so a full disk cannot
// stop a restore, and times, owners, attributes and links among files come back as they are.
//
// R1. An entry's copy is either still in the tree or in its place: a rename has no half. So doing all of it again after a
//     crash finishes it.
// R2. Folders that are there stay: only what is in them, and their attributes, are put back. Who works in one goes on.
// R3. Times and modes of folders come last: times because each rename changes them, modes because they may forbid it.

/** What a restore works on. */
export interface Restore {
  readonly folder: BytePath;
  /** The copy. */
  readonly tree: BytePath;
  /** A folder of ours on the same file system for what is in the way. */
  readonly aside: BytePath;
  readonly entries: readonly Entry[];
  readonly isTouched: (before: Entry, now: Entry) => boolean;
  readonly lockFd: number;
}

/**
 * Makes a folder what its entries say. Not flushed.
 * @throws TetraError `SNAPSHOT_DAMAGED` when a copy is gone that is needed.
 */
export async function restore(job: Restore): Promise<void> {
  await removeFlat(job.aside);
  mkdirSync(bytesOf(job.aside), 0o700);
  const names = namesByFolder(job.entries);
  const setAside = asideMover(job.aside);
  const pace = pacer();
  for (const entry of job.entries) {
    await pace();
    const at = below(job.folder, entry.path);
    const now = look(at, entry.path);
    if (entry.kind !== "folder") {
      putBack(job, { entry, at, now, setAside });
      continue;
    }
    if (now?.kind !== "folder") putBack(job, { entry, at, now, setAside });
    else if (!job.isTouched(entry, now) && isOpenToUs(now)) continue;
    makeWritable(at);
    removeAdded(at, names.get(entry.path) ?? new Set(), setAside);
  }
  await restoreFolders(job);
}

interface Placing {
  readonly entry: Entry;
  readonly at: BytePath;
  readonly now: Entry | undefined;
  readonly setAside: (folder: BytePath) => void;
}

/** Puts a copy into its place, if that is needed. R1 */
function putBack(job: Restore, { entry, at, now, setAside }: Placing): void {
  if (now !== undefined && !job.isTouched(entry, now)) return;
  const copy = below(job.tree, entry.path);
  if (look(copy, entry.path) === undefined) {
    // it is in its place since an earlier try, unless somebody has taken it away
    if (now === undefined || !looksLike(entry, now)) throw damaged(at);
    return;
  }
  if (entry.path !== "") makeWritable(parentOf(at));
  if (now?.kind === "folder") setAside(at);
  else if (now !== undefined && entry.kind === "folder") unlinkSync(bytesOf(at));
  renameSync(bytesOf(copy), bytesOf(at));
}

function removeAdded(
  folder: BytePath,
  known: ReadonlySet<BytePath>,
  setAside: (folder: BytePath) => void,
): void {
  for (const name of readdirSync(bytesOf(folder), "latin1")) {
    if (known.has(name)) continue;
    const path = `${folder}/${name}`;
    if (look(path, name)?.kind === "folder") setAside(path);
    else unlinkSync(bytesOf(path));
  }
}

/** Folders' own attributes, innermost first. R3 */
async function restoreFolders({
  folder,
  tree,
  entries,
  isTouched,
  lockFd,
}: Restore): Promise<void> {
  const folders = entries.filter(({ kind }) => kind === "folder").toReversed();
  const changed = folders.flatMap((entry) => {
    const at = below(folder, entry.path);
    const now = look(at, entry.path);
    return now !== undefined && isTouched(entry, now) ? [{ entry, at, now }] : [];
  });
  for (const { entry, at, now } of changed) {
    if (now.uid !== entry.uid || now.gid !== entry.gid)
      lchownSync(bytesOf(at), entry.uid, entry.gid);
    const copy = below(tree, entry.path);
    if (look(copy, entry.path) !== undefined) copyAttributes(copy, at);
  }
  const moved = changed.filter(({ entry, now }) => entry.mtimeNs !== now.mtimeNs);
  await setModified(
    moved.map(({ entry: { mtimeNs }, at }) => ({ path: bytesOf(at), mtimeNs })),
    lockFd,
  );
  for (const { entry, at } of changed) chmodSync(bytesOf(at), entry.mode);
}

/** Whether we can look at what is in a folder; root always can. */
function isOpenToUs({ mode }: Entry): boolean {
  return process.geteuid?.() === 0 || (mode & 0o500) === 0o500;
}

function namesByFolder(entries: readonly Entry[]): ReadonlyMap<BytePath, ReadonlySet<BytePath>> {
  const names = new Map<BytePath, Set<BytePath>>([["", new Set()]]);
  for (const { path, kind } of entries) {
    if (kind === "folder") names.set(path, new Set());
    const slash = path.lastIndexOf("/");
    if (path !== "") names.get(path.slice(0, Math.max(slash, 0)))?.add(path.slice(slash + 1));
  }
  return names;
}

function parentOf(path: BytePath): BytePath {
  return path.slice(0, path.lastIndexOf("/"));
}

function asideMover(aside: BytePath): (folder: BytePath) => void {
  let count = 0;
  return (folder) => {
    count += 1;
    moveFolder(folder, `${aside}/${count}`);
  };
}

function damaged(path: BytePath): TetraError<ParticipantErrorCode> {
  return new TetraError("SNAPSHOT_DAMAGED", `${shown(path)}: its copy is gone`, {
    hint: "put it back by hand, or make it what it was; the rest is restored then",
    details: { path: shown(path) },
  });
}
