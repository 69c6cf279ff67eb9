import { dirname, join } from "node:path/posix";
import {
  type FileSystem,
  isSystemError,
  isTemporaryName,
  makeFolders,
  readFile,
  systemError,
  writeFileAtomic,
} from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import { checkBlobName, type TtsErrorCode } from "@tetra/tts-core";

/** A file of a transaction: which one, and where its folder is. */
export interface BlobPlace {
  readonly id: string;
  /** `ctx` or `artifacts` of the transaction. */
  readonly folder: string;
  readonly name: string;
}

/**
 * Reads a file below a transaction's folder. No symbolic link on the way is followed.
 * @throws TetraError `INVALID_INPUT` when the name leaves the folder, `NOT_FOUND`.
 */
export function readBlob(fs: FileSystem, { id, folder, name }: BlobPlace): Uint8Array {
  const path = join(folder, checkBlobName(name));
  try {
    refuseLinks(fs, folder, name);
    return readFile(fs, path);
  } catch (error) {
    if (!isSystemError(error, "ENOENT") && !isSystemError(error, "ENOTDIR")) throw error;
    throw new TetraError<TtsErrorCode>("NOT_FOUND", `${id}: there is no ${name}`, {
      hint: "list the files to see their names",
      details: { id, name },
    });
  }
}

/** Writes or replaces a file below a transaction's folder, durably, with the folders above it. */
export function writeBlob(fs: FileSystem, { folder, name }: BlobPlace, bytes: Uint8Array): void {
  const path = join(folder, checkBlobName(name));
  refuseLinks(fs, folder, name);
  makeFolders(fs, dirname(path), { durable: true });
  writeFileAtomic(fs, path, bytes, { durable: true });
}

/**
 * Names of the files below a folder, nested ones as `folder/name`, sorted; links are left out, and so is
 * what is being written.
 */
export function blobNames(fs: FileSystem, folder: string, prefix = ""): readonly string[] {
  if (fs.stat(folder)?.kind !== "folder") return [];
  return namesIn(fs, folder)
    .toSorted()
    .flatMap((name) => {
      const path = join(folder, name);
      const kind = fs.stat(path)?.kind;
      if (kind === "folder") return blobNames(fs, path, `${prefix}${name}/`);
      return kind === "file" && !isTemporaryName(name) ? [`${prefix}${name}`] : [];
    });
}

/** Paths of what somebody who died was writing in a folder or below it. */
export function temporaryFiles(fs: FileSystem, folder: string): readonly string[] {
  if (fs.stat(folder)?.kind !== "folder") return [];
  return namesIn(fs, folder).flatMap((name) => {
    const path = join(folder, name);
    return isTemporaryName(name) ? [path] : temporaryFiles(fs, path);
  });
}

/** Names in a folder; none when it is not there. */
export function namesIn(fs: FileSystem, folder: string): readonly string[] {
  try {
    return fs.names(folder);
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR")) return [];
    throw error;
  }
}

function refuseLinks(fs: FileSystem, folder: string, name: string): void {
  let path = folder;
  for (const part of ["", ...name.split("/")]) {
    path = part === "" ? path : join(path, part);
    if (fs.stat(path)?.kind === "link") throw systemError("ELOOP", "open", path);
  }
}
