import { createHash } from "node:crypto";
import { basename, join } from "node:path/posix";
import {
  copyTree,
  digestFile,
  digestTree,
  type FileLock,
  type FileSystem,
  flushFolder,
  isSystemError,
  makeFolders,
  removeTree,
  systemError,
  tryLockFile,
  writeAll,
} from "@tetra/durable-fs";
import { isTetraError, TetraError } from "@tetra/errors";
import {
  compareContextNames,
  type ContextEntry,
  contextDigestText,
  contextName,
  decide,
  type NewContext,
  nextContextNumber,
  STANDARD,
  type TtsErrorCode,
} from "@tetra/tts-core";
import { namesIn } from "./blob-files.ts";
import type { CommitQueue } from "./commit-queue.ts";
import type { Environment } from "./environment.ts";
import { type FolderPaths, transactionPaths } from "./layout.ts";
import { adopt, appendNow, tryWriteState, type WriteParts } from "./write-path.ts";

// Evidence: copied and flushed beside, then, under the append lock, numbered, renamed to a name that
// does not exist, made durable, and recorded with its digest.
//
// E1. An event that names evidence is written after the evidence is durable under that name.
// E2. What is visible in `ctx/` is never removed. Only `.incoming-*` of dead processes is.
// E3. No link in `ctx/`, nor `ctx/` itself as a link, leads a write or a read out of the folder.

/** What the names of evidence on its way in begin with. */
export const INCOMING = ".incoming-";
const WHOLE_FILE = { offset: 0, length: 1 } as const;

/** Evidence on its way in: a hidden folder whose lock tells that its process lives. */
interface Incoming {
  readonly folder: string;
  readonly data: string;
  readonly lock: FileLock;
}

/** What adding evidence needs. */
export interface ContextParts {
  readonly write: WriteParts;
  readonly queue: CommitQueue;
}

/**
 * Adds a file or folder to `ctx/` and records it.
 * @throws TetraError `NOT_FOUND` when the source is missing, `INVALID_INPUT` when the description cannot
 *   be part of a file name.
 */
export async function addContext(
  { write, queue }: ContextParts,
  id: string,
  { description, source, atMs }: NewContext,
): Promise<{ name: string; digest: string }> {
  const { env } = write;
  const { fs } = env;
  const paths = transactionPaths(env.root, id);
  const kind = sourceKind(fs, source);
  const sourceName = "path" in source ? basename(source.path) : source.name;
  contextName({ number: 100, description, sourceName, kind });
  // the transaction is known to exist before anything is made in its place
  await queue.alone(id, () => makeContextFolder(fs, paths));
  const incoming = makeIncoming(env, paths.context);
  try {
    if ("path" in source) await copySource(fs, source.path, incoming.data);
    else writeFlushed(fs, incoming.data, source.bytes);
    const digest = await (kind === "folder" ? digestTree : digestFile)(fs, incoming.data);
    const bytes = kind === "folder" ? 0 : (fs.stat(incoming.data)?.size ?? 0);
    const name = await queue.alone(id, (tx, view) => {
      const current = adopt(write, tx, { view, atMs });
      const number = nextContextNumber(namesIn(fs, paths.context));
      const chosen = contextName({ number, description, sourceName, kind });
      const target = join(paths.context, chosen);
      if (fs.stat(target) !== undefined) throw systemError("EEXIST", "rename", target);
      fs.rename(incoming.data, target);
      try {
        flushFolder(fs, paths.context); // E1
      } catch (error) {
        // not durable, and after a failed flush nothing would make it so
        fs.rename(target, incoming.data);
        throw error;
      }
      const origin = "path" in source ? (source.origin ?? source.path) : source.name;
      const command = {
        type: "add-evidence",
        file: chosen,
        source: origin,
        digest,
        bytes,
        atMs,
      } as const;
      appendNow(write, tx, decide(current.transaction, command, STANDARD));
      if (!write.isLeased(id)) tryWriteState(write, tx);
      return chosen;
    });
    return { name, digest };
  } finally {
    dropIncoming(fs, incoming);
  }
}

/** Entries of `ctx/` by leading number, then name; hidden ones and links are left out. */
export function listContext(fs: FileSystem, paths: FolderPaths): readonly ContextEntry[] {
  if (fs.stat(paths.context)?.kind !== "folder") return []; // E3
  return namesIn(fs, paths.context)
    .filter((name) => !name.startsWith(INCOMING))
    .flatMap((name): readonly ContextEntry[] => {
      const stat = fs.stat(join(paths.context, name));
      if (stat?.kind === "file") return [{ name, kind: "file", bytes: stat.size }];
      return stat?.kind === "folder" ? [{ name, kind: "folder", bytes: 0 }] : [];
    })
    .toSorted((a, b) => compareContextNames(a.name, b.name));
}

/**
 * The standard's digest (TTS 1.0, section 4 of the reference): `none` without `ctx/`. The paths are as
 * the root is spelled, so it changes when the store moves.
 */
export async function contextDigest(fs: FileSystem, paths: FolderPaths): Promise<string> {
  const isOurs = [paths.folder, paths.context].every((path) => fs.stat(path)?.kind === "folder");
  if (!isOurs) return "none"; // E3
  const files: { path: string; sha256: string }[] = [];
  for (const path of regularFiles(fs, paths.context)) {
    files.push({ path, sha256: await digestFile(fs, path) });
  }
  return sha256(contextDigestText(files));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function regularFiles(fs: FileSystem, folder: string): readonly string[] {
  return namesIn(fs, folder)
    .filter((name) => !name.startsWith(INCOMING))
    .flatMap((name) => {
      const path = join(folder, name);
      const kind = fs.stat(path)?.kind;
      if (kind === "folder") return regularFiles(fs, path);
      return kind === "file" ? [path] : [];
    });
}

/** Removes what dead processes left on its way in. E2 @returns the paths that were removed. */
export function sweepIncoming(fs: FileSystem, paths: FolderPaths): readonly string[] {
  if (fs.stat(paths.context)?.kind !== "folder") return [];
  const swept: string[] = [];
  for (const name of namesIn(fs, paths.context)) {
    if (!name.startsWith(INCOMING)) continue;
    const folder = join(paths.context, name);
    const lock = lockIncoming(fs, folder);
    if (lock === "held") continue;
    removeTree(fs, folder);
    if (lock !== "none") lock.release();
    swept.push(folder);
  }
  return swept;
}

function lockIncoming(fs: FileSystem, folder: string): FileLock | "held" | "none" {
  try {
    return tryLockFile(fs, join(folder, "lock"), WHOLE_FILE) ?? "held";
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR")) return "none";
    throw error;
  }
}

function sourceKind(fs: FileSystem, source: NewContext["source"]): "file" | "folder" {
  if ("bytes" in source) return "file";
  const stat = fs.stat(source.path);
  if (stat === undefined) throw sourceMissing(source.path);
  // a link the caller names is followed: `/.` looks behind it
  const folder = stat.kind === "folder" || fs.stat(`${source.path}/.`)?.kind === "folder";
  return folder ? "folder" : "file";
}

async function copySource(fs: FileSystem, from: string, to: string): Promise<void> {
  try {
    await copyTree(fs, from, to);
  } catch (error) {
    if (isSystemError(error, "ENOENT") && fs.stat(from) === undefined) throw sourceMissing(from);
    if (isTetraError(error)) {
      throw new TetraError<TtsErrorCode>("INVALID_INPUT", error.message, {
        hint: error.hint ?? "",
        cause: error,
      });
    }
    throw error;
  }
}

function sourceMissing(path: string): TetraError<TtsErrorCode> {
  return new TetraError("NOT_FOUND", `Source file not found: ${path}`, {
    hint: "give the path of a file or folder that exists",
    details: { path },
  });
}

function makeContextFolder(fs: FileSystem, paths: FolderPaths): void {
  const stat = fs.stat(paths.context);
  if (stat !== undefined && stat.kind !== "folder")
    throw systemError("ELOOP", "open", paths.context); // E3
  // a power cut can have taken the folder, or its entry may not be on the disk yet
  makeFolders(fs, paths.context, { durable: true });
}

function makeIncoming({ fs, random }: Environment, context: string): Incoming {
  for (;;) {
    const folder = join(context, `${INCOMING}${random()}`);
    try {
      fs.makeFolder(folder);
      const lock = tryLockFile(fs, join(folder, "lock"), WHOLE_FILE);
      if (lock !== undefined) return { folder, data: join(folder, "data"), lock };
    } catch (error) {
      // a sweeper took it for a dead process's before it was locked
      if (!isSystemError(error, "ENOENT") || fs.stat(context) === undefined) throw error;
    }
  }
}

function dropIncoming(fs: FileSystem, { folder, lock }: Incoming): void {
  try {
    removeTree(fs, folder);
  } catch (error) {
    // whoever sweeps next removes it: its lock dies with us
    if (!isSystemError(error)) throw error;
  }
  lock.release();
}

function writeFlushed(fs: FileSystem, path: string, bytes: Uint8Array): void {
  const fd = fs.open(path, "create");
  try {
    writeAll(fs, fd, bytes);
    fs.flush(fd);
  } finally {
    fs.close(fd);
  }
}
