import { lineSplitter, LONGEST_LINE_BYTES, type RawLine } from "./line-splitter.ts";
import type { LogStream } from "./log-stream.ts";
import { type LogPlace, readBytes } from "./read-bytes.ts";
import { listSegments, type Segment } from "./segment.ts";

/** Which lines to find from the end of a log. */
export interface LastLinesQuery {
  readonly stream: LogStream;
  /** So many at most. */
  readonly count: number;
  /** The first byte that may be read; a line begins there, as far as is known. */
  readonly from: number;
  /** Whether `from` is amid a line whose beginning is gone. */
  readonly fromContinues: boolean;
  /** The end of the log, as it was measured. */
  readonly to: number;
  /** Which lines count; default: all. */
  readonly matches?: ((line: RawLine) => boolean) | undefined;
}

const FIRST_WINDOW_BYTES = 65_536;
const LARGEST_WINDOW_BYTES = 1_048_576;

/**
 * The last lines of a log, in order. Reads from the end, no more than it must; of what is compressed,
 * whole archives, without keeping them.
 */
export async function lastLines(
  place: LogPlace,
  query: LastLinesQuery,
): Promise<readonly RawLine[]> {
  const { stream, count, from } = query;
  const segments = listSegments(place.fs, place.paths.folder, stream);
  const windows: (readonly RawLine[])[] = [];
  let found = 0;
  let end = query.to;
  let windowBytes = FIRST_WINDOW_BYTES;
  while (end > from && found < count) {
    const begin = Math.max(from, windowStart(segments, end - windowBytes));
    const window = await linesWithin(place, query, { begin, end, count: count - found });
    if (window === undefined) {
      windowBytes *= 2; // it is one long line until here
      continue;
    }
    windows.push(window.lines);
    found += window.lines.length;
    end = window.start;
    windowBytes = Math.min(windowBytes * 2, LARGEST_WINDOW_BYTES);
  }
  return windows
    .toReversed()
    .flat()
    .slice(Math.max(0, found - count));
}

/** What is compressed can only be read from its beginning. */
function windowStart(segments: readonly Segment[], at: number): number {
  const segment = segments.find(({ start, end }) => start <= at && at < end);
  return segment?.isCompressed === true ? segment.start : at;
}

interface Window {
  /** Where the first line of it begins. */
  readonly start: number;
  readonly lines: readonly RawLine[];
}

/** The lines that begin in a window; `undefined` when none does, and it can be made larger. */
async function linesWithin(
  place: LogPlace,
  { stream, from, fromContinues, matches }: LastLinesQuery,
  { begin, end, count }: { readonly begin: number; readonly end: number; readonly count: number },
): Promise<Window | undefined> {
  const isAtStart = begin === from;
  const isTooLong = end - begin >= 2 * LONGEST_LINE_BYTES;
  const splitter = lineSplitter(begin, isAtStart ? fromContinues : true);
  let lines: RawLine[] = [];
  let start: number | undefined = isAtStart ? from : undefined;
  const take = (line: RawLine): void => {
    if (start === undefined) {
      if (line.continues) return; // it begins before the window
      start = line.offset;
    }
    if (matches === undefined || matches(line)) lines.push(line);
    if (lines.length > 2 * count + 1000) lines = lines.slice(-count);
  };
  for await (const piece of readBytes(place, { stream, from: begin, to: end })) {
    for (const line of splitter.push(piece)) take(line);
  }
  for (const line of splitter.flush()) take(line);
  if (start !== undefined) return { start, lines };
  if (!isTooLong) return undefined;
  return longLine();

  /** The end of a line that is too long to look for its beginning. */
  async function longLine(): Promise<Window> {
    const parts: RawLine[] = [];
    const again = lineSplitter(begin, true);
    for await (const piece of readBytes(place, { stream, from: begin, to: end })) {
      parts.push(...again.push(piece));
    }
    parts.push(...again.flush());
    return { start: begin, lines: parts.filter((part) => matches?.(part) ?? true) };
  }
}
