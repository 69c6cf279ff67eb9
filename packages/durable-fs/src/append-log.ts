import type { FileSystem } from "./file-system.ts";
import { writeAll } from "./write-all.ts";

/** What a crash can do to a log of lines. */
export interface LogDamage {
  /** Where the first damaged line begins. */
  readonly at: number;
  /**
   * `torn`: the last line has no end. `zeroed`: a line has NUL bytes, as when after a power cut the size
   * of the file was there and the data was not.
   */
  readonly kind: "torn" | "zeroed";
}

/** What {@link checkLog} finds. */
export interface LogCheck {
  /** Where the last whole line ends: a line is whole if it ends in `\n` and has no NUL byte. */
  readonly wholeEnd: number;
  /** When it begins before `wholeEnd`, whole lines of another writer follow the damage. */
  readonly damage: LogDamage | undefined;
}

const NEWLINE = 10;
const NUL = 0;
const FIRST_WINDOW = 4096;

/** Looks at a log, or at a part of one that begins with a line. */
export function checkLog(bytes: Uint8Array): LogCheck {
  const wholeEnd = wholeLinesEnd(bytes);
  const nul = bytes.indexOf(NUL);
  if (nul !== -1) return { wholeEnd, damage: { at: lineStart(bytes, nul), kind: "zeroed" } };
  const isTorn = wholeEnd < bytes.length;
  return { wholeEnd, damage: isTorn ? { at: wholeEnd, kind: "torn" } : undefined };
}

/** Where the last whole line of an open log ends. Reads from the end, and no more than it must. */
export function findWholeEnd(fs: FileSystem, fd: number): number {
  const { size } = fs.statOpen(fd);
  for (let window = FIRST_WINDOW; ; window *= 2) {
    const from = Math.max(size - window, 0);
    const bytes = fs.read(fd, from, size - from);
    // a line that begins before the window may hold NUL bytes that are not seen
    const start = from === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
    const end = wholeLinesEnd(bytes.subarray(start));
    if (end > 0 || from === 0) return from + start + end;
  }
}

/**
 * Cuts a log to `length` bytes and returns what was behind, to be reported. Not flushed: the flush after
 * the next append covers it.
 */
export function cutTo(fs: FileSystem, fd: number, length: number): Uint8Array {
  const { size } = fs.statOpen(fd);
  const behind = fs.read(fd, length, Math.max(size - length, 0));
  if (size > length) fs.truncate(fd, length);
  return behind;
}

/**
 * Appends all of `bytes` or, when the disk is full or fails, nothing: what was taken is cut off again and
 * the failure thrown (if even cutting fails, that is thrown, and the torn line stays for the next writer
 * to cut). Hold the lock of the log. Not flushed.
 * @returns where they begin.
 */
export function appendWhole(fs: FileSystem, fd: number, bytes: Uint8Array): number {
  const { size } = fs.statOpen(fd);
  try {
    writeAll(fs, fd, bytes);
  } catch (error) {
    fs.truncate(fd, size);
    throw error;
  }
  return size;
}

function wholeLinesEnd(bytes: Uint8Array): number {
  let end = bytes.lastIndexOf(NEWLINE) + 1;
  while (end > 0) {
    const start = lineStart(bytes, end - 1);
    if (bytes.subarray(start, end).indexOf(NUL) === -1) return end;
    end = start;
  }
  return 0;
}

/** Where the line begins that has the byte `at` (a line has the `\n` that ends it). */
function lineStart(bytes: Uint8Array, at: number): number {
  return at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
}
