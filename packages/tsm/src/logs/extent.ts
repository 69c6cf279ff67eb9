import { type FileSystem, isSystemError } from "@tetra/durable-fs";
import type { LogPaths } from "./log-paths.ts";
import type { LogStream } from "./log-stream.ts";
import { parseNote, readNoteText, type RotationNote } from "./rotation-note.ts";
import { chainEnd, listSegments } from "./segment.ts";

// Every offset that leaves this folder is one of the whole log: it counts from the first byte that the
// service ever wrote, whatever was archived, cut off or removed since. A rotation moves the current file
// under those who read it. So they look where it is, do what they want, and look again (see `extentOf`):
//
// E1. The note is replaced durably before and after each cut, and what it says never comes back.
// E2. While a cut is under way, the file begins with the mark of the note until the moment of the cut.

/** Where the current file of a stream is in the whole log. */
export interface Extent {
  /** The offset of its first byte. */
  readonly base: number;
  /** Its first byte that is data and not archived. */
  readonly start: number;
  /** The offset behind its last byte. */
  readonly end: number;
  /** When it was last written to; 0 when it is not there. */
  readonly changedAtMs: number;
  /** Tells one file from another, and one state of the same file from the next. */
  readonly inode: number;
  /** Changes whenever the meaning of places in the file does. */
  readonly version: string;
}

/** Where the mark of a rotation is, in the current file. */
export const HEAD_BYTES = 4096;

const LOOKS = 1000;
const decoder = new TextDecoder();

/** Where the current file is now: what is said was true at one moment. */
export function extentOf(fs: FileSystem, paths: LogPaths, stream: LogStream): Extent {
  for (let look = 0; look < LOOKS; look += 1) {
    const extent = lookOnce(fs, paths, stream);
    if (extent !== undefined) return extent;
  }
  throw new Error(`${paths.current[stream]}: is cut again and again`);
}

function lookOnce(fs: FileSystem, paths: LogPaths, stream: LogStream): Extent | undefined {
  const before = readNoteText(fs, paths.note[stream]);
  const path = paths.current[stream];
  const note = noteFrom(fs, paths, { stream, text: before });
  const wasCut = isCut(fs, path, note);
  const stat = fs.stat(path);
  if (isCut(fs, path, note) !== wasCut || readNoteText(fs, paths.note[stream]) !== before) {
    return undefined;
  }
  const { cut } = note;
  const size = stat?.size ?? 0;
  const told = cut !== undefined && wasCut ? cutTo(fs, paths, { stream, to: cut.to }) : note.base;
  const start = Math.max(told, note.start, cut?.to ?? 0);
  const base = told + size < start ? start : told; // else a person has emptied it
  return {
    base,
    start,
    end: base + size,
    changedAtMs: stat?.mtimeMs ?? 0,
    inode: stat?.inode ?? 0,
    version: `${wasCut} ${before ?? ""}`,
  };
}

/** What a note says. Without one, the current file follows on the archives, if somebody left any. */
export function noteFrom(
  fs: FileSystem,
  { folder }: LogPaths,
  { stream, text }: { readonly stream: LogStream; readonly text: string | undefined },
): RotationNote {
  const note = text === undefined ? undefined : parseNote(text);
  if (note !== undefined) return note;
  const base = listSegments(fs, folder, stream).at(-1)?.end ?? 0;
  return { base, start: base };
}

/** Whether the cut that a note speaks of has been made. */
export function isCut(fs: FileSystem, path: string, { cut }: RotationNote): boolean {
  if (cut?.mark === undefined) return false;
  return headOf(fs, path, cut.mark.length) !== cut.mark; // E2
}

/** Where the file begins after a cut: truncating takes what was archived at the last moment, too. */
function cutTo(
  fs: FileSystem,
  { folder }: LogPaths,
  { stream, to }: { readonly stream: LogStream; readonly to: number },
): number {
  return chainEnd(listSegments(fs, folder, stream), to);
}

function headOf(fs: FileSystem, path: string, length: number): string {
  let fd: number;
  try {
    fd = fs.open(path, "read");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return "";
    throw error;
  }
  try {
    return decoder.decode(fs.read(fd, 0, length));
  } finally {
    fs.close(fd);
  }
}
