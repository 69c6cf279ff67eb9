import { TetraError } from "@tetra/errors";
import type { DurableFsErrorCode } from "./errors.ts";
import type { FileSystem } from "./file-system.ts";
import { readFile } from "./read-all.ts";
import { isSystemError } from "./system-error.ts";
import { discard } from "./temporary.ts";
import { writeBeside } from "./write-beside.ts";

/**
 * Puts `bytes` at `path` and returns what was there, in one step: what another writer put there just
 * before is returned, not lost. `undefined` when there was nothing. Readers never see half a file.
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
): Uint8Array | undefined {
  const current = fs.stat(path);
  if (current !== undefined && current.kind !== "file") {
    throw new TetraError<DurableFsErrorCode>("NOT_A_FILE", `${path}: not a regular file`);
  }
  const temporary = writeBeside(fs, path, { bytes, flush: false });
  try {
    const old = current === undefined ? undefined : exchangeAndRead(fs, temporary, path);
    if (old?.exchanged === true) discard(fs, temporary);
    else fs.rename(temporary, path);
    return old?.bytes;
  } catch (error) {
    discard(fs, temporary);
    throw error;
  }
}

interface Old {
  readonly bytes: Uint8Array;
  readonly exchanged: boolean;
}

function exchangeAndRead(fs: FileSystem, temporary: string, path: string): Old | undefined {
  try {
    fs.exchange(temporary, path);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    if (isSystemError(error, "ENOSYS")) return readIfThere(fs, path);
    throw error;
  }
  try {
    return { bytes: readFile(fs, temporary), exchanged: true };
  } catch (error) {
    fs.exchange(temporary, path);
    throw error;
  }
}

function readIfThere(fs: FileSystem, path: string): Old | undefined {
  try {
    return { bytes: readFile(fs, path), exchanged: false };
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}
