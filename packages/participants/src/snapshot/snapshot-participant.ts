import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import {
  type FileSystem,
  flushFolder,
  isSystemError,
  makeFolders,
  nodeFileSystem,
} from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { Branch, Participant, Vote } from "@tetra/tts-core/two-phase-commit";
import type { ParticipantErrorCode } from "../errors.ts";
import { toBytePath } from "./byte-path.ts";
import { inUse, refuseOverlap } from "./claims.ts";
import { type Entry, look } from "./entry.ts";
import { type Claim, isComplete, readClaim, readManifest, writeClaim } from "./manifest.ts";
import { closeOpened } from "./opened.ts";
import { KEEP, locate, type Place, withFreeLock, withLock } from "./place.ts";
import { removeFlat } from "./remove-flat.ts";
import { entryCheck, refuseMounts, refusePlace } from "./restorable.ts";
import { restore } from "./restore.ts";
import { flushFileSystem } from "./system-tool.ts";
import { takeSnapshot } from "./take-snapshot.ts";
import { isFolderTouched, touchDetector } from "./touched.ts";

// P1. At most one snapshot of a folder at a time, and everything that is done to it is done under the folder's lock.
// P2. A snapshot without its manifest never was: whoever gets the lock next removes it.
// P3. A snapshot is given up by renaming it, in one step, after what made it superfluous is durable.

/** What a folder needs to take part in two-phase commit. */
export interface SnapshotOptions {
  /** Unique among the participants of a transaction: lower-case letters, digits, `-` and `_`. */
  readonly name: string;
  /** The folder. Its parent must exist and, unless `keep` is given, be ours to write to. */
  readonly folder: string;
  /**
   * Where snapshots are kept: a folder of ours on the same file system, outside the folder; made when it is missing. All
   * participants on one folder must say the same. Default: `.tetra-snapshots` beside the folder.
   */
  readonly keep?: string;
}

/**
 * A folder as a participant of two-phase commit: `begin` takes a durable snapshot of it, after that anybody may change
 * it in place; `commit` discards the snapshot, `rollback` makes the folder what it was. Works on Linux with the GNU
 * core utilities. What exactly is restored, and what is refused, is in the package's README.
 *
 * `prepare` votes `read-only` when nothing in the folder was touched, and the snapshot is gone then.
 *
 * Its methods throw, besides what the file system refuses:
 * - `begin`: `CONFLICT` when another transaction is open on the folder, or on one inside or around it; `NOT_RESTORABLE`
 *   when something in it could not be put back; `SNAPSHOT_FAILED` when the copy could not be made, as on a full disk;
 *   `RESOURCE_AWAY` when somebody writes to the folder meanwhile; `INVALID_INPUT` when it is no folder. Nothing stays.
 * - `prepare`: `UNKNOWN_BRANCH` when the branch never began; `NOT_RESTORABLE` when a file system was mounted in the folder.
 * - `rollback`: `NOT_RESTORABLE` likewise; `SNAPSHOT_DAMAGED` when somebody has removed a part of the snapshot.
 */
export function snapshotParticipant({ name, folder, keep }: SnapshotOptions): Participant {
  const fs = nodeFileSystem();
  const place = (): Place => locate(folder, keep);

  return {
    name,
    begin: async (branch) => await begin(fs, place(), branch),
    prepare: async (branch) => await prepare(fs, place(), branch),
    commit: async (branch) => {
      await whenThere(fs, place(), async (at) => {
        if (isOf(branch, completeClaim(at))) await giveUp(fs, at);
      });
    },
    rollback: async (branch) => {
      await whenThere(fs, place(), async (at, lockFd) => {
        if (isOf(branch, completeClaim(at))) await putBack(fs, at, lockFd);
      });
    },
    recover: async () => await recover(fs, place(), name),
    // not the keep's business: the folder is the same whatever path led to it
    writeSet: async () => [`folder:${place().folder}`],
  };
}

async function begin(fs: FileSystem, place: Place, { txn, participant }: Branch): Promise<void> {
  refuseNoFolder(place.folder);
  const claim: Claim = { txn, participant, folder: place.folder };
  await withLock(fs, place, async (lockFd) => {
    await sweep(place); // P2
    const other = completeClaim(place);
    if (isOf(claim, other)) return;
    if (other !== undefined) throw inUse(place.folder, other); // P1
    refusePlace(place);
    try {
      makeFolders(fs, place.cell, { durable: true });
      mkdirSync(place.snapshot, 0o700);
      writeClaim(fs, place.snapshot, claim);
      refuseOverlap(fs, place, []);
      await takeSnapshot(place, claim, { fs, lockFd, check: checkEntries(fs, place) });
    } catch (error) {
      await dropAfter(error, place);
      throw isFull(error) ? noSpace(place, error) : error;
    }
  });
}

async function prepare(fs: FileSystem, place: Place, branch: Branch): Promise<Vote> {
  const vote = await whenThere(fs, place, async (at, lockFd): Promise<Vote | undefined> => {
    if (!isOf(branch, completeClaim(at))) return undefined;
    refuseMounts(at.folder);
    const manifest = readManifest(at.snapshot);
    const isTouched = touchDetector(manifest, at.keep);
    if (await isFolderTouched(toBytePath(at.folder), manifest, isTouched)) {
      await flushFileSystem(at.keep, lockFd);
      return "yes";
    }
    await giveUp(fs, at);
    return "read-only";
  });
  if (vote !== undefined) return vote;
  throw new TetraError<ParticipantErrorCode>(
    "UNKNOWN_BRANCH",
    `${place.folder}: transaction ${branch.txn} has no snapshot of it`,
    { hint: "begin before you prepare", details: { folder: place.folder, txn: branch.txn } },
  );
}

async function putBack(fs: FileSystem, place: Place, lockFd: number): Promise<void> {
  const { folder, keep, snapshot } = place;
  refuseMounts(folder);
  const manifest = readManifest(snapshot);
  await restore({
    folder: toBytePath(folder),
    tree: toBytePath(join(snapshot, "tree")),
    aside: toBytePath(join(snapshot, "aside")),
    entries: manifest.entries,
    isTouched: touchDetector(manifest, keep),
    lockFd,
  });
  await flushFileSystem(keep, lockFd); // P3
  await giveUp(fs, place);
}

async function recover(fs: FileSystem, place: Place, name: string): Promise<readonly Branch[]> {
  if (!existsSync(place.keep)) return [];
  // whoever holds the lock is alive, and does what is to be done
  await withFreeLock(fs, place, () => sweep(place));
  const claim = completeClaim(place);
  if (claim?.participant !== name) return [];
  return [{ txn: claim.txn, participant: name }];
}

/** Runs under the lock, after clearing away what dead processes left; `undefined` when nothing of ours is there. */
async function whenThere<T>(
  fs: FileSystem,
  place: Place,
  work: (place: Place, lockFd: number) => Promise<T>,
): Promise<T | undefined> {
  if (!existsSync(place.keep)) return undefined;
  return await withLock(fs, place, async (lockFd) => {
    await sweep(place);
    return await work(place, lockFd);
  });
}

/** Removes what is not, or no longer, a snapshot. P2 */
async function sweep({ folder, cell, snapshot }: Place): Promise<void> {
  if (!existsSync(cell)) return;
  for (const name of readdirSync(cell).filter((found) => found !== basename(snapshot)))
    await removeFlat(toBytePath(join(cell, name)));
  if (!existsSync(snapshot) || isComplete(snapshot)) return;
  closeOpened(toBytePath(folder), snapshot);
  await removeFlat(toBytePath(snapshot));
}

/** Ends a snapshot: from the rename on it does not count. P3 */
async function giveUp(fs: FileSystem, { cell, snapshot }: Place): Promise<void> {
  const gone = join(cell, `gone-${randomBytes(6).toString("hex")}`);
  renameSync(snapshot, gone);
  flushFolder(fs, cell);
  await removeFlat(toBytePath(gone));
}

async function dropAfter(error: unknown, place: Place): Promise<void> {
  try {
    await sweep(place);
  } catch (second) {
    // the failure that led here is the one to report; whoever comes next sweeps again
    if (!isSystemError(second))
      throw new AggregateError([error, second], "begin failed twice", { cause: second });
  }
}

function completeClaim({ snapshot }: Place): Claim | undefined {
  return isComplete(snapshot) ? readClaim(snapshot) : undefined;
}

function isOf(branch: Branch, claim: Claim | undefined): boolean {
  return (
    claim !== undefined && claim.txn === branch.txn && claim.participant === branch.participant
  );
}

/** Each entry must be one that can be restored; a keep among them must not be in use. */
function checkEntries(fs: FileSystem, place: Place): (entry: Entry) => void {
  const refuse = entryCheck(place);
  return (entry) => {
    refuse(entry);
    if (basename(entry.path) === KEEP) refuseOverlap(fs, place, [join(place.folder, entry.path)]);
  };
}

function refuseNoFolder(folder: string): void {
  const kind = look(toBytePath(folder), "")?.kind;
  if (kind === "folder") return;
  throw new TetraError<ParticipantErrorCode>(
    "INVALID_INPUT",
    `${folder}: ${kind === undefined ? "there is no such folder" : `a ${kind}, not a folder`}`,
    { hint: "give the path of the folder itself", details: { folder } },
  );
}

function isFull(error: unknown): boolean {
  return isSystemError(error, "ENOSPC") || isSystemError(error, "EDQUOT");
}

function noSpace({ keep }: Place, cause: unknown): TetraError<ParticipantErrorCode> {
  return new TetraError("SNAPSHOT_FAILED", `${keep}: no space left for the snapshot`, {
    hint: "make room on this file system and try again",
    cause,
  });
}
