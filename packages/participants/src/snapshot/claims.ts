import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type FileSystem, isSystemError, tryLockFile } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";
import { isWithin } from "./machine.ts";
import { type Claim, isComplete, readClaim } from "./manifest.ts";
import { KEEP, lockPath, lockRange, type Place } from "./place.ts";

/**
 * Refuses a folder that is inside or around one that another open transaction has a snapshot of: restoring one would
 * undo the other's work. Whoever begins has made its own claim before it looks, so of two at once at least one sees the
 * other.
 * @param inside keeps that were found in the folder.
 * @throws TetraError `CONFLICT` that names the other transaction.
 */
export function refuseOverlap(fs: FileSystem, place: Place, inside: readonly string[]): void {
  const keeps = new Set([place.keep, ...keepsAround(place.folder), ...inside]);
  for (const keep of keeps) {
    for (const cell of cellsIn(keep)) {
      if (cell === place.cell) continue;
      const claim = openClaim(fs, keep, cell);
      const isApart =
        claim === undefined ||
        !(isWithin(claim.folder, place.folder) || isWithin(place.folder, claim.folder));
      if (!isApart) throw inUse(place.folder, claim);
    }
  }
}

/** The refusal that names the other transaction. */
export function inUse(folder: string, other: Claim): TetraError<ParticipantErrorCode> {
  const which = other.folder === folder ? "" : ` (${other.folder})`;
  return new TetraError(
    "CONFLICT",
    `${folder}: transaction ${other.txn} is open on it${which}, as participant ${other.participant}`,
    { hint: `finish ${other.txn} first, or recover it`, details: { folder, txn: other.txn } },
  );
}

/** A claim whose snapshot is complete, or whose maker lives. */
function openClaim(fs: FileSystem, keep: string, cell: string): Claim | undefined {
  const snapshot = join(cell, "snapshot");
  if (isComplete(snapshot)) return readClaim(snapshot);
  const lock = tryLockFile(fs, lockPath(keep), lockRange(cell));
  lock?.release();
  return lock === undefined ? readClaim(snapshot) : undefined;
}

function keepsAround(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [] : [join(parent, KEEP), ...keepsAround(parent)];
}

function cellsIn(keep: string): readonly string[] {
  try {
    return readdirSync(keep)
      .map((name) => join(keep, name))
      .filter((cell) => existsSync(join(cell, "snapshot")));
  } catch (error) {
    // a keep that is not there, or is not for us to read
    if (isSystemError(error)) return [];
    throw error;
  }
}
