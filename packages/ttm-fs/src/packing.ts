import { dirname, join } from "node:path/posix";
import { gzipSync } from "node:zlib";
import {
  type FileSystem,
  flushFolder,
  isSystemError,
  makeFolders,
  systemError,
  writeAll,
} from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "@tetra/tts-core";
import { createTarDecoder, createTarPacker, type TarHeader } from "modern-tar";

// Folders as `.tar.gz` files that `tar` can read, in constant memory and through the file-system port.

const CHUNK = 256 * 1024;
const SEPARATOR = "/";

type Packer = ReturnType<typeof createTarPacker>["controller"];

/**
 * Packs what is in `folder`, but what is called `without`, into a new file at `target`, flushed. Links
 * are kept as links.
 */
export async function packFolder(
  fs: FileSystem,
  { folder, without }: { readonly folder: string; readonly without: string },
  target: string,
): Promise<void> {
  const names = fs.names(folder).filter((name) => name !== without);
  const { readable, controller } = createTarPacker();
  const written = writeStream(fs, target, readable.pipeThrough(new CompressionStream("gzip")));
  const read = addEntries(fs, { folder, names, prefix: "", controller }).then(
    () => controller.finalize(),
    (error: unknown) => {
      controller.error(error);
      throw error;
    },
  );
  const [reading, writing] = await Promise.allSettled([read, written]);
  if (reading.status === "rejected") throw reading.reason;
  if (writing.status === "rejected") throw writing.reason;
}

interface Entries {
  readonly folder: string;
  readonly names: readonly string[];
  readonly prefix: string;
  readonly controller: Packer;
}

async function addEntries(
  fs: FileSystem,
  { folder, names, prefix, controller }: Entries,
): Promise<void> {
  for (const name of names.toSorted()) {
    const path = join(folder, name);
    const stat = fs.stat(path);
    const entry = `${prefix}${name}`;
    if (stat?.kind === "folder") {
      await addEmpty(controller, {
        name: `${entry}${SEPARATOR}`,
        type: "directory",
        size: 0,
        mode: 0o700,
      });
      const inner = {
        folder: path,
        names: fs.names(path),
        prefix: `${entry}${SEPARATOR}`,
        controller,
      };
      await addEntries(fs, inner);
    } else if (stat?.kind === "link") {
      const linkname = fs.readLink(path);
      await addEmpty(controller, { name: entry, type: "symlink", size: 0, linkname });
    } else if (stat?.kind === "file") {
      const mtime = new Date(stat.mtimeMs);
      const mode = (stat.mode & 0o100) === 0 ? 0o600 : 0o700;
      await addFile(fs, path, controller.add({ name: entry, size: stat.size, mode, mtime }));
    }
  }
}

async function addEmpty(controller: Packer, header: TarHeader): Promise<void> {
  await controller.add(header).close();
}

async function addFile(
  fs: FileSystem,
  path: string,
  body: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = body.getWriter();
  const fd = fs.open(path, "read");
  try {
    for (let at = 0; ;) {
      const chunk = fs.read(fd, at, CHUNK);
      if (chunk.length === 0) break;
      await writer.write(chunk);
      at += chunk.length;
    }
  } finally {
    fs.close(fd);
  }
  await writer.close();
}

/**
 * Unpacks all but what is called `without` into a folder that is there; every file and folder in it is
 * flushed.
 * @throws TetraError `IO` when the archive is damaged, or holds what would lead out of the folder.
 */
export async function unpackFolder(
  fs: FileSystem,
  archive: string,
  { folder, without }: { readonly folder: string; readonly without: string },
): Promise<void> {
  const entries = readStream(fs, archive)
    .pipeThrough(new DecompressionStream("gzip"))
    .pipeThrough(createTarDecoder({ strict: true }));
  const folders = new Set([folder]);
  for await (const { header, body } of legible(archive, entries)) {
    const name = nameOf(header);
    if (name === "" || name.split(SEPARATOR)[0] === without) {
      await body.cancel();
      continue;
    }
    const path = placeOf(fs, folder, name);
    makeFolders(fs, dirname(path), { durable: false });
    folders.add(dirname(path));
    if (header.type === "directory") {
      makeFolders(fs, path, { durable: false });
      folders.add(path);
      await body.cancel();
    } else if (header.type === "symlink") {
      fs.makeLink(header.linkname ?? "", path);
      await body.cancel();
    } else if (header.type === undefined || header.type === "file") {
      await writeStream(fs, path, legible(archive, body));
      if (((header.mode ?? 0) & 0o100) !== 0) fs.setMode(path, 0o700);
    } else {
      throw damaged(archive, `holds a ${header.type}`);
    }
  }
  for (const made of folders) flushFolder(fs, made);
}

/** Packs one small file. */
export function packBytes(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes);
}

/** Reads one file out of an archive; `undefined` when it is not in it. */
export async function readPacked(
  fs: FileSystem,
  archive: string,
  name: string,
): Promise<Uint8Array | undefined> {
  const entries = readStream(fs, archive)
    .pipeThrough(new DecompressionStream("gzip"))
    .pipeThrough(createTarDecoder({ strict: true }));
  for await (const { header, body } of legible(archive, entries)) {
    if (nameOf(header) === name) return new Uint8Array(await new Response(body).arrayBuffer());
    await body.cancel();
  }
  return undefined;
}

/** `tar` writes `./name` when it packs the folder `.`. */
function nameOf({ name }: { readonly name: string }): string {
  return name.replace(/^(\.\/)+/, "").replace(/\/$/, "");
}

/** An archive that somebody changed must not write outside of its folder. */
function placeOf(fs: FileSystem, folder: string, name: string): string {
  let path = folder;
  for (const part of name.split(SEPARATOR)) {
    if (part === "" || part === "." || part === "..") throw systemError("EINVAL", "unpack", name);
    // what an earlier entry linked to somewhere else
    if (fs.stat(path)?.kind === "link") throw systemError("ELOOP", "unpack", name);
    path = join(path, part);
  }
  return path;
}

/** What an archive holds, where a decoder's complaint says which archive is damaged. */
async function* legible<T>(archive: string, parts: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = parts[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await iterator.next().catch((error: unknown) => {
        throw isDecodersComplaint(error) ? damaged(archive, error.message, error) : error;
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Zlib's errors have a code of their own, those of the tar decoder none. */
function isDecodersComplaint(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return "code" in error ? String(error.code).startsWith("Z_") : /\btar\b|EOF/i.test(error.message);
}

function damaged(archive: string, why: string, cause?: unknown): TetraError<TtsErrorCode> {
  return new TetraError("IO", `${archive}: the archive is damaged: ${why}`, {
    hint: "look at it with tar tzf, or take it from a backup",
    details: { path: archive },
    cause,
  });
}

/** Writes a stream to a new file and flushes it; nothing stays on failure. */
async function writeStream(
  fs: FileSystem,
  path: string,
  stream: AsyncIterable<Uint8Array>,
): Promise<void> {
  const fd = fs.open(path, "create");
  try {
    try {
      for await (const chunk of stream) writeAll(fs, fd, chunk);
      await fs.flushLater(fd);
    } finally {
      fs.close(fd);
    }
  } catch (error) {
    removeQuietly(fs, path);
    throw error;
  }
}

function removeQuietly(fs: FileSystem, path: string): void {
  try {
    fs.removeFile(path);
  } catch (error) {
    // the failure that led here is the one to report
    if (!isSystemError(error)) throw error;
  }
}

function readStream(fs: FileSystem, path: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  const fd = fs.open(path, "read");
  let at = 0;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const chunk = fs.read(fd, at, CHUNK);
      at += chunk.length;
      if (chunk.length > 0) return controller.enqueue(new Uint8Array(chunk));
      fs.close(fd);
      controller.close();
    },
    cancel: () => fs.close(fd),
  });
}
