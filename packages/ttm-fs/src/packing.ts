import { dirname, join } from "node:path/posix";
import {
  type FileSystem,
  flushFolder,
  isSystemError,
  makeFolders,
  systemError,
  writeAll,
} from "@tetra/durable-fs";
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
  const { readable, controller } = createTarPacker();
  const written = writeStream(fs, target, readable.pipeThrough(new CompressionStream("gzip")));
  const names = fs.names(folder).filter((name) => name !== without);
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
      await addEmpty(controller, { name: `${entry}${SEPARATOR}`, type: "directory", size: 0, mode: 0o700 });
      const inner = { folder: path, names: fs.names(path), prefix: `${entry}${SEPARATOR}`, controller };
      await addEntries(fs, inner);
    } else if (stat?.kind === "link") {
      const linkname = fs.readLink(path);
      await addEmpty(controller, { name: entry, type: "symlink", size: 0, linkname });
    } else if (stat?.kind === "file") {
      const mtime = new Date(stat.mtimeMs);
      await addFile(fs, path, controller.add({ name: entry, size: stat.size, mode: 0o600, mtime }));
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
    for (let at = 0; ; ) {
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

/** Unpacks into a folder that is there; every file and folder in it is flushed. */
export async function unpackFolder(
  fs: FileSystem,
  archive: string,
  folder: string,
): Promise<void> {
  const entries = readStream(fs, archive)
    .pipeThrough(new DecompressionStream("gzip"))
    .pipeThrough(createTarDecoder({ strict: true }));
  const folders = new Set([folder]);
  for await (const { header, body } of entries) {
    const path = placeOf(folder, header.name);
    makeFolders(fs, dirname(path), { durable: false });
    folders.add(dirname(path));
    if (header.type === "directory") {
      makeFolders(fs, path, { durable: false });
      folders.add(path);
      await body.cancel();
    } else if (header.type === "symlink") {
      fs.makeLink(header.linkname ?? "", path);
      await body.cancel();
    } else {
      await writeStream(fs, path, body);
    }
  }
  for (const made of folders) flushFolder(fs, made);
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
  for await (const { header, body } of entries) {
    if (header.name === name) return new Uint8Array(await new Response(body).arrayBuffer());
    await body.cancel();
  }
  return undefined;
}

/** An archive that somebody changed must not write outside of its folder. */
function placeOf(folder: string, name: string): string {
  const parts = name.replace(/\/$/, "").split(SEPARATOR);
  if (parts.some((part) => part === "" || part === "." || part === "..")) {
    throw systemError("EINVAL", "unpack", name);
  }
  return join(folder, ...parts);
}

/** Writes a stream to a new file and flushes it; nothing stays on failure. */
async function writeStream(
  fs: FileSystem,
  path: string,
  stream: ReadableStream<Uint8Array>,
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
