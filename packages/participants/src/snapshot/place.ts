import { createHash } from "node:crypto";
import { lstatSync, readdirSync, realpathSync, rmdirSync, unlinkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import {
  type FileLock,
  type FileSystem,
  isSystemError,
  type LockRange,
  lockFile,
  makeFolders,
  tryLockFile,
} from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";

/** The name of the folder beside the participant's that holds snapshots when nobody says otherwise. */
export const KEEP = ".tetra-snapshots";
const LOCK = "lock";

/**
 * Where things are:
 *
 * ```
 * <keep>/lock                       one byte of it per folder is held while something is done to its snapshot
 * <keep>/<cell>/snapshot/           at most one: the folder's only open transaction
 *                        claim.json        whose it is, as soon as there is anything
 *                        opened.ndjson     what begin had to make readable, with its mode; gone when set back
 *                        tree/             the copy
 *                        manifest.ndjson   what the folder was; its being there makes the snapshot complete
 *                        aside/            what a restore has moved out of its way
 * <keep>/<cell>/gone-…/            a snapshot that is being removed
 * ```
 */
export interface Place {
  /** The folder itself, its parents without links. */
  readonly folder: string;
  readonly keep: string;
  /** Whether `keep` is ours to make and remove. */
  readonly isDefaultKeep: boolean;
  readonly cell: string;
  readonly snapshot: string;
}

/**
 * Finds the place of a folder's snapshot.
 * @throws TetraError `INVALID_INPUT` when it could not have one.
 */
export function locate(given: string, keepGiven: string | undefined): Place {
  const name = basename(resolve(given));
  if (name === "") throw invalid(given, "the root of the file system has no parent");
  const parent = realpathSync(dirname(resolve(given)));
  const folder = join(parent, name);
  const keep = keepGiven === undefined ? join(parent, KEEP) : realParent(keepGiven);
  if (keep === folder || keep.startsWith(`${folder}/`))
    throw invalid(given, "snapshots cannot be kept inside the folder");
  const isDefaultKeep = keepGiven === undefined;
  // beside the folder its name is enough, and stays right when a parent is renamed
  const key = digest(isDefaultKeep ? name : folder);
  const cell = join(keep, `${name.slice(0, 50)}~${key}`);
  return { folder, keep, isDefaultKeep, cell, snapshot: join(cell, "snapshot") };
}

/** The byte of a keep's lock file that belongs to a cell. */
export function lockRange(cell: string): LockRange {
  return { offset: Number.parseInt(digest(basename(cell)).slice(0, 12), 16), length: 1 };
}

/** The lock file of a keep. */
export function lockPath(keep: string): string {
  return join(keep, LOCK);
}

/** Holds a folder's lock while `work` runs, and leaves no empty folders of ours. */
export async function withLock<T>(
  fs: FileSystem,
  place: Place,
  work: (lockFd: number) => Promise<T>,
): Promise<T> {
  const lock = await takeLock(fs, place);
  try {
    return await work(lock.fd);
  } finally {
    tidy(fs, place, lock);
    lock.release();
  }
}

/** The same, but does nothing and gives `undefined` when the lock is somebody else's. */
export async function withFreeLock<T>(
  fs: FileSystem,
  place: Place,
  work: (lockFd: number) => Promise<T>,
): Promise<T | undefined> {
  const lock = tryLockFile(fs, lockPath(place.keep), lockRange(place.cell));
  if (lock === undefined) return undefined;
  try {
    return await work(lock.fd);
  } finally {
    tidy(fs, place, lock);
    lock.release();
  }
}

async function takeLock(fs: FileSystem, { keep, cell }: Place): Promise<FileLock> {
  for (;;) {
    makeFolders(fs, keep, { durable: true });
    refuseForeignKeep(keep);
    try {
      return await lockFile(fs, lockPath(keep), lockRange(cell));
    } catch (error) {
      // whoever was last removed the empty folder in between
      if (!isSystemError(error, "ENOENT")) throw error;
    }
  }
}

/** In a folder that everybody may write to, such as `/tmp`, somebody could have been there before us. */
function refuseForeignKeep(keep: string): void {
  const stats = lstatSync(keep);
  const isPrivate = stats.isDirectory() && (stats.mode & 0o022) === 0;
  if (isPrivate && stats.uid === process.geteuid?.()) return;
  throw new TetraError<ParticipantErrorCode>(
    "INVALID_INPUT",
    `${keep}: snapshots need a folder that is ours and that nobody else can write to`,
    { hint: "remove it, or keep snapshots in another folder", details: { keep } },
  );
}

/** Removes the cell, the lock file and the keep when nothing is in them and nobody is at work. */
function tidy(fs: FileSystem, { keep, cell, isDefaultKeep }: Place, lock: FileLock): void {
  try {
    removeEmpty(cell);
    const isAlone = (): boolean => readdirSync(keep).every((name) => name === LOCK);
    if (!isAlone() || !fs.tryLock(lock.fd, { offset: 0, length: 0 })) return;
    // those who wait for the lock notice that its file is gone, and begin again
    if (isAlone()) unlinkSync(lockPath(keep));
    if (isDefaultKeep) removeEmpty(keep);
    fs.unlock(lock.fd, { offset: 0, length: 0 });
  } catch (error) {
    // an empty folder that stays does no harm; the result of the work must not be lost for it
    if (!isSystemError(error)) throw error;
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!isSystemError(error, "ENOTEMPTY") && !isSystemError(error, "ENOENT")) throw error;
  }
}

function realParent(path: string): string {
  return join(realpathSync(dirname(resolve(path))), basename(resolve(path)));
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function invalid(folder: string, reason: string): TetraError<ParticipantErrorCode> {
  return new TetraError("INVALID_INPUT", `${folder}: ${reason}`, {
    hint: "give a folder inside another one",
    details: { folder },
  });
}
