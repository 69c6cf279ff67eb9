import { type FileSystem, isSystemError, readFile, writeAll } from "@tetra/durable-fs";
import type { ServicePaths } from "../files/layout.ts";
import { countFrom, isRecord, type Unchecked } from "../files/lenient.ts";
import { extentOf } from "./extent.ts";
import { type LogPaths, logPaths } from "./log-paths.ts";

/** Why offsets were noted. */
export type NoteReason = "start" | "exit" | "rotation" | "follow" | "look";

/** One line of the index: how long both logs were at a moment. */
export interface OffsetNote {
  readonly atMs: number;
  readonly out: number;
  readonly err: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Notes how long the logs of a service are now, so that the lines before and after can be told apart in
 * time. The index is a cache: when it cannot be written the logs are whole, and times less precise.
 * @returns whether it was noted: not when the service has no folder, or the disk refuses.
 */
export function noteOffsets(options: {
  readonly fs: FileSystem;
  readonly paths: Pick<ServicePaths, "folder" | "out" | "err">;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly why: NoteReason;
}): boolean {
  const { fs, atMs, why } = options;
  const paths = logPaths(options.paths);
  try {
    if (!makeLogFolder(fs, paths)) return false;
    const out = extentOf(fs, paths, "out").end;
    const err = extentOf(fs, paths, "err").end;
    const line = JSON.stringify({ ts_ms: Math.floor(atMs), out, err, why });
    const fd = fs.open(paths.index, "append");
    try {
      writeAll(fs, fd, encoder.encode(`${line}\n`));
    } finally {
      fs.close(fd);
    }
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

/** Makes the folder `logs` of a service that has one itself. @returns whether it is there. */
export function makeLogFolder(fs: FileSystem, { folder, service }: LogPaths): boolean {
  if (fs.stat(folder) !== undefined) return true;
  if (fs.stat(service) === undefined) return false;
  try {
    fs.makeFolder(folder);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false; // removed just now
    if (!isSystemError(error, "EEXIST")) throw error;
  }
  return true;
}

/** The index, in the order of the log. Lines that are none are passed over. */
export function readIndex(fs: FileSystem, { index }: LogPaths): readonly OffsetNote[] {
  if (fs.stat(index) === undefined) return [];
  return parseIndex(decoder.decode(readFile(fs, index)));
}

/**
 * Parses an index. Logs only grow; where a later note says less, a person has emptied the log, and the
 * earlier notes count for what is left only.
 */
export function parseIndex(text: string): readonly OffsetNote[] {
  const notes = text.split("\n").flatMap(parseLine);
  let out = Number.POSITIVE_INFINITY;
  let err = Number.POSITIVE_INFINITY;
  const sound = notes.toReversed().map((note) => {
    out = Math.min(out, note.out);
    err = Math.min(err, note.err);
    return { atMs: note.atMs, out, err };
  });
  return sound.toReversed();
}

function parseLine(line: string): readonly OffsetNote[] {
  const read = parsed(line);
  const atMs = countFrom(read?.["ts_ms"]);
  const out = countFrom(read?.["out"]);
  const err = countFrom(read?.["err"]);
  if (atMs === undefined || out === undefined || err === undefined) return [];
  return [{ atMs, out, err }];
}

function parsed(line: string): Unchecked | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const read: unknown = JSON.parse(line);
    return isRecord(read) ? read : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
