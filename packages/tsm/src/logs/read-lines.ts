import { extentOf } from "./extent.ts";
import { lastLines } from "./last-lines.ts";
import { lineSplitter, type RawLine } from "./line-splitter.ts";
import { type LineTimes, lineTimes } from "./line-times.ts";
import { type LogLine, logLine } from "./log-line.ts";
import type { CheckedQuery } from "./log-query.ts";
import type { LogStream } from "./log-stream.ts";
import { readIndex } from "./offset-index.ts";
import { type LogPlace, oldestOffset, readBytes } from "./read-bytes.ts";

/** Lines of a log, and where they end. */
export interface Reading {
  /** Lines of both streams, in the order in which they were written as far as it is known. */
  readonly lines: AsyncGenerator<readonly LogLine[], void>;
  /** Up to where each stream is read: the rest is to be followed. */
  readonly ends: Readonly<Record<LogStream, number>>;
}

/** Lines of one stream, each with its place in the order between streams. */
interface Ranked {
  readonly lines: readonly LogLine[];
  readonly ranks: readonly number[];
}

/** Begins to read: what is there at this moment. */
export function readLines(
  place: LogPlace & { readonly service: string },
  query: CheckedQuery,
): Reading {
  const { fs, paths, service } = place;
  const notes = readIndex(fs, paths);
  const extents = { out: extentOf(fs, paths, "out"), err: extentOf(fs, paths, "err") };

  async function* rankedOf(stream: LogStream): AsyncGenerator<Ranked, void> {
    const { end: to, changedAtMs } = extents[stream];
    const times = lineTimes(notes, stream, changedAtMs);
    const since = query.sinceMs === undefined ? 0 : times.offsetSince(query.sinceMs);
    const { from, continues } = await lineStartFrom(place, { stream, from: since, to });
    for await (const raw of rawLines(place, { ...query, stream, from, continues, to })) {
      yield withTimes(raw, times);
    }

    function withTimes(raw: readonly RawLine[], { timeOf }: LineTimes): Ranked {
      const lines: LogLine[] = [];
      const ranks: number[] = [];
      for (const line of raw) {
        const { atMs, precisionMs, rank } = timeOf(line.offset, endOf(line));
        if (query.sinceMs !== undefined && atMs < query.sinceMs) continue;
        lines.push(logLine(line, { service, stream, atMs, precisionMs }));
        ranks.push(rank);
      }
      return { lines, ranks };
    }
  }

  return {
    lines: merged(query.streams.map(rankedOf)),
    ends: { out: extents.out.end, err: extents.err.end },
  };
}

/** Behind a line and its line end. */
export function endOf({ offset, bytes, isOpen }: RawLine): number {
  return offset + bytes.length + (isOpen ? 0 : 1);
}

interface RawQuery extends CheckedQuery {
  readonly stream: LogStream;
  readonly from: number;
  readonly continues: boolean;
  readonly to: number;
}

async function* rawLines(
  place: LogPlace,
  query: RawQuery,
): AsyncGenerator<readonly RawLine[], void> {
  const { stream, from, to, continues, matches, lines: count } = query;
  if (count !== Number.POSITIVE_INFINITY) {
    yield await lastLines(place, { stream, from, fromContinues: continues, to, count, matches });
    return;
  }
  const splitter = lineSplitter(from, continues);
  for await (const piece of readBytes(place, { stream, from, to })) {
    const lines = splitter.push(piece);
    yield matches === undefined ? lines : lines.filter(matches);
  }
  yield splitter.flush().filter((line) => matches?.(line) ?? true);
}

/** The first line that begins at `from` or behind, or what is left of one whose beginning is gone. */
async function lineStartFrom(
  place: LogPlace,
  { stream, from, to }: { readonly stream: LogStream; readonly from: number; readonly to: number },
): Promise<{ readonly from: number; readonly continues: boolean }> {
  const oldest = oldestOffset(place, stream);
  if (from <= oldest) return { from: oldest, continues: oldest > 0 };
  const before = from - 1;
  for await (const { offset, bytes } of readBytes(place, { stream, from: before, to })) {
    const end = bytes.indexOf(10);
    if (end !== -1) return { from: offset + end + 1, continues: false };
  }
  return { from: to, continues: false };
}

/** A stream, and which of its lines is next. */
interface Cursor {
  readonly stream: AsyncGenerator<Ranked, void>;
  batch: Ranked;
  at: number;
}

/**
 * Lines of several streams by their rank, then by the time when they had been written at the latest; else
 * those of the first stream first.
 */
async function* merged(
  streams: readonly AsyncGenerator<Ranked, void>[],
): AsyncGenerator<readonly LogLine[], void> {
  let cursors: Cursor[] = streams.map((stream) => ({
    stream,
    batch: { lines: [], ranks: [] },
    at: 0,
  }));
  for (;;) {
    const filled = await Promise.all(cursors.map(fill));
    cursors = cursors.filter((_, at) => filled[at]);
    if (cursors.length === 0) return;
    yield takeInOrder(cursors);
  }
}

/** Fetches lines where there are none left. @returns whether there are any */
async function fill(cursor: Cursor): Promise<boolean> {
  while (cursor.at >= cursor.batch.lines.length) {
    const next = await cursor.stream.next();
    if (next.done === true) return false;
    cursor.batch = next.value;
    cursor.at = 0;
  }
  return true;
}

/** Takes lines in order until one of the streams has to be asked for more. */
function takeInOrder(cursors: readonly Cursor[]): readonly LogLine[] {
  const [only] = cursors;
  if (only !== undefined && cursors.length === 1) {
    const rest = only.batch.lines.slice(only.at);
    only.at = only.batch.lines.length;
    return rest;
  }
  const taken: LogLine[] = [];
  for (;;) {
    let first: Cursor | undefined;
    let rank = Number.POSITIVE_INFINITY;
    let atMs = 0;
    for (const cursor of cursors) {
      const itsRank = cursor.batch.ranks[cursor.at];
      const next = cursor.batch.lines[cursor.at];
      if (itsRank === undefined || next === undefined) return taken;
      if (itsRank < rank || (itsRank === rank && next.atMs < atMs)) {
        first = cursor;
        rank = itsRank;
        atMs = next.atMs;
      }
    }
    const line = first?.batch.lines[first.at];
    if (first === undefined || line === undefined) return taken;
    taken.push(line);
    first.at += 1;
  }
}
