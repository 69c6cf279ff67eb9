import { TetraError } from "@tetra/errors";
import type { DurableFsErrorCode } from "./errors.ts";
import type { FileSystem } from "./file-system.ts";
import { type FileVersion, sameVersion, versionOf } from "./file-version.ts";
import { readFile } from "./read-all.ts";
import { isSystemError } from "./system-error.ts";
import { discard } from "./temporary.ts";
import { writeBeside } from "./write-beside.ts";

/** What {@link replaceFile} did. */
export interface Replaced {
  /** The version that is there now, unless somebody was quick to change it again. */
  readonly version: FileVersion;
  /** The bytes that were there; `undefined` when there was nothing, or the version that was known. */
  readonly old: Uint8Array | undefined;
}

/**
 * Puts `bytes` at `path` and returns what was there, in one step: what another writer put there just
 * before is returned, not lost. Readers never see half a file. Who knows which version is there says so,
 * and is spared reading it back.
 *
 * Nothing is flushed: for files that can be made again (a power cut may leave them empty, torn or old).
 * On a file system without exchange the old bytes are read first, and a change that falls between
 * reading and renaming is lost; the same holds for a file made between looking and the first rename.
 *
 * @throws TetraError `NOT_A_FILE` when something else than a file is at `path`; nothing is changed.
 */
export function replaceFile(
  fs: FileSystem,
  path: string,
  bytes: Uint8Array,
  known?: FileVersion,
): Replaced {
  const isThere = known !== undefined || isFile(fs, path);
  const { temporary, version } = writeBeside(fs, path, { bytes, flush: false });
  try {
    const old = isThere ? exchangeAndRead(fs, { temporary, path, known }) : undefined;
    if (old?.exchanged === true) discard(fs, temporary);
    else fs.rename(temporary, path);
    return { version, old: old?.bytes };
  } catch (error) {
    discard(fs, temporary);
    throw error;
  }
}

function isFile(fs: FileSystem, path: string): boolean {
  const kind = fs.stat(path)?.kind;
  if (kind === undefined || kind === "file") return kind === "file";
  throw notAFile(path);
}

function notAFile(path: string): TetraError<DurableFsErrorCode> {
  return new TetraError("NOT_A_FILE", `${path}: not a regular file`);
}

interface Old {
  readonly bytes: Uint8Array | undefined;
  readonly exchanged: boolean;
}

interface Exchange {
  readonly temporary: string;
  readonly path: string;
  readonly known: FileVersion | undefined;
}

function exchangeAndRead(fs: FileSystem, { temporary, path, known }: Exchange): Old | undefined {
  try {
    fs.exchange(temporary, path);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    if (isSystemError(error, "ENOSYS")) return readUnlessKnown(fs, path, known);
    throw error;
  }
  try {
    return { bytes: readUnlessKnown(fs, temporary, known)?.bytes, exchanged: true };
  } catch (error) {
    fs.exchange(temporary, path);
    throw error;
  }
}

function readUnlessKnown(
  fs: FileSystem,
  path: string,
  known: FileVersion | undefined,
): Old | undefined {
  const stat = fs.stat(path);
  if (stat === undefined) return undefined;
  if (stat.kind !== "file") throw notAFile(path);
  if (known !== undefined && sameVersion(versionOf(stat), known)) {
    return { bytes: undefined, exchanged: false };
  }
  try {
    return { bytes: readFile(fs, path), exchanged: false };
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}
