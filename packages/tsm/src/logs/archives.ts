import { join } from "node:path/posix";
import { type FileSystem, isSystemError } from "@tetra/durable-fs";
import { namesIn } from "../files/names-in.ts";
import type { LogPaths } from "./log-paths.ts";
import { type LogStream, STREAMS } from "./log-stream.ts";
import { listSegments, parseSegmentName, type Segment } from "./segment.ts";

/** An archived part of a log that takes up space. */
export interface Archive {
  readonly path: string;
  readonly bytes: number;
  readonly atMs: number;
}

/** All archives of a service, those that are only doubled by compressing included. */
export function archivesOf(fs: FileSystem, { folder }: LogPaths): readonly Archive[] {
  return namesIn(fs, folder).flatMap((name) => {
    const segment = parseSegmentName(name);
    const stat = segment === undefined ? undefined : fs.stat(join(folder, name));
    if (segment === undefined || stat === undefined) return [];
    return [{ path: join(folder, name), bytes: stat.size, atMs: segment.atMs }];
  });
}

/** Removes the oldest archives of each stream but so many. @returns the paths of what was removed. */
export function keepNewest(fs: FileSystem, { folder }: LogPaths, keep: number): readonly string[] {
  const names = namesIn(fs, folder);
  return STREAMS.flatMap((stream) => {
    const segments = listSegments(fs, folder, stream);
    const gone = segments.slice(0, Math.max(0, segments.length - keep));
    const end = gone.at(-1)?.end ?? 0;
    return names.flatMap((name) => {
      const segment = parseSegmentName(name);
      if (segment?.stream !== stream || segment.end > end) return [];
      return removeIfThere(fs, join(folder, name)) ? [join(folder, name)] : [];
    });
  });
}

/** What is to be compressed: all plain segments but the newest, which is read most. */
export function plainSegments(
  fs: FileSystem,
  { folder }: LogPaths,
  stream: LogStream,
): readonly Segment[] {
  return listSegments(fs, folder, stream)
    .slice(0, -1)
    .filter(({ isCompressed }) => !isCompressed);
}

/** The oldest archives that must go, so that all together take up no more than so much. */
export function beyondCap(archives: readonly Archive[], capBytes: number): readonly Archive[] {
  let left = archives.reduce((sum, { bytes }) => sum + bytes, 0);
  const oldestFirst = archives.toSorted((a, b) => a.atMs - b.atMs || (a.path < b.path ? -1 : 1));
  const gone: Archive[] = [];
  for (const archive of oldestFirst) {
    if (left <= capBytes) break;
    gone.push(archive);
    left -= archive.bytes;
  }
  return gone;
}

/** @returns whether it was there. */
export function removeIfThere(fs: FileSystem, path: string): boolean {
  try {
    fs.removeFile(path);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
}
