import { createReadStream } from "node:fs";
import { join } from "node:path/posix";
import { createGunzip } from "node:zlib";
import { type FileSystem, isSystemError } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { LogsErrorCode } from "./errors.ts";
import { type Extent, extentOf, HEAD_BYTES } from "./extent.ts";
import type { LogPaths } from "./log-paths.ts";
import type { LogStream } from "./log-stream.ts";
import { listSegments, type Segment } from "./segment.ts";

/** Bytes of a log, and where they are in the whole log. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A part of a log. */
export interface LogRange {
  readonly stream: LogStream;
  readonly from: number;
  readonly to: number;
}

/** Where to read. */
export interface LogPlace {
  readonly fs: FileSystem;
  readonly paths: LogPaths;
}

const CHUNK_BYTES = 131_072;

/** The first byte of a log that is still there. */
export function oldestOffset({ fs, paths }: LogPlace, stream: LogStream): number {
  const { start } = extentOf(fs, paths, stream);
  const [first] = listSegments(fs, paths.folder, stream);
  return Math.min(start, first?.start ?? start);
}

/**
 * Reads a part of a log, whatever is rotated, compressed or removed meanwhile. What is gone is left out:
 * the next piece begins further on.
 * @throws TetraError `INVALID_ARCHIVE`
 */
export async function* readBytes(
  place: LogPlace,
  { stream, from, to }: LogRange,
): AsyncGenerator<Piece, void> {
  const { fs, paths } = place;
  let at = from;
  while (at < to) {
    const extent = extentOf(fs, paths, stream);
    const segments = mayBeArchived(extent, at) ? listSegments(fs, paths.folder, stream) : [];
    const segment = segments.find((one) => one.start <= at && at < one.end);
    if (segment !== undefined) {
      for await (const bytes of segmentBytes(place, segment, { from: at, to })) {
        yield { offset: at, bytes };
        at += bytes.length;
      }
      continue;
    }
    if (at < extent.start) {
      const next = segments.find(({ start }) => start > at)?.start ?? extent.start;
      at = Math.min(next, extent.start); // what was here was removed
      continue;
    }
    const bytes = currentBytes(place, extent, { stream, from: at, to });
    if (bytes === undefined) continue; // it moved: look again
    if (bytes.length === 0) return;
    yield { offset: at, bytes };
    at += bytes.length;
  }
}

/** The head of the current file may be marked before a note says that it is archived. */
function mayBeArchived({ base, start }: Extent, at: number): boolean {
  return at < start || at - base < HEAD_BYTES;
}

/** Bytes of the current file; `undefined` when it was not where it was thought to be. */
function currentBytes(
  { fs, paths }: LogPlace,
  extent: Extent,
  { stream, from, to }: LogRange,
): Uint8Array | undefined {
  const length = Math.min(CHUNK_BYTES, to - from, extent.end - from);
  if (length <= 0) return new Uint8Array();
  const bytes = readAt(fs, paths.current[stream], { from: from - extent.base, length });
  const now = extentOf(fs, paths, stream);
  if (now.version !== extent.version || now.inode !== extent.inode) return undefined;
  if (from - extent.base < HEAD_BYTES) {
    const segments = listSegments(fs, paths.folder, stream);
    if (segments.some(({ start, end }) => start <= from && from < end)) return undefined;
  }
  return bytes;
}

function readAt(
  fs: FileSystem,
  path: string,
  { from, length }: { readonly from: number; readonly length: number },
): Uint8Array | undefined {
  const fd = openIfThere(fs, path);
  if (fd === undefined) return undefined;
  try {
    return fs.read(fd, from, length);
  } finally {
    fs.close(fd);
  }
}

/** The bytes of a segment; none when it was compressed or removed meanwhile. */
async function* segmentBytes(
  { fs, paths }: LogPlace,
  segment: Segment,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<Uint8Array, void> {
  const path = join(paths.folder, segment.name);
  const end = Math.min(segment.end, to);
  if (segment.isCompressed) {
    yield* unpacked(path, { skip: from - segment.start, length: end - from });
    return;
  }
  const fd = openIfThere(fs, path);
  if (fd === undefined) return;
  try {
    for (let at = from; at < end;) {
      const bytes = fs.read(fd, at - segment.start, Math.min(CHUNK_BYTES, end - at));
      if (bytes.length === 0) throw damaged(path, "is shorter than its name says");
      yield bytes;
      at += bytes.length;
    }
  } finally {
    fs.close(fd);
  }
}

async function* unpacked(
  path: string,
  { skip, length }: { readonly skip: number; readonly length: number },
): AsyncGenerator<Uint8Array, void> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const unpack = createGunzip({ chunkSize: CHUNK_BYTES });
  file.on("error", (error) => unpack.destroy(error));
  let skipped = 0;
  let given = 0;
  try {
    for await (const chunk of file.pipe(unpack) as AsyncIterable<Uint8Array>) {
      const dropped = Math.min(chunk.length, skip - skipped);
      skipped += dropped;
      const bytes = chunk.subarray(dropped, dropped + length - given);
      given += bytes.length;
      if (bytes.length > 0) yield bytes;
      if (given === length) return;
    }
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return;
    throw isSystemError(error) && error.code.startsWith("Z_")
      ? damaged(path, error.message)
      : error;
  } finally {
    file.destroy();
  }
  throw damaged(path, "is shorter than its name says");
}

function damaged(path: string, why: string): TetraError<LogsErrorCode> {
  return new TetraError<LogsErrorCode>("INVALID_ARCHIVE", `${path}: ${why}`, {
    hint: "move the file away to read the rest",
    details: { path },
  });
}

function openIfThere(fs: FileSystem, path: string): number | undefined {
  try {
    return fs.open(path, "read");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}
