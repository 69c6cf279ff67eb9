import type { EventRecord } from "./event.ts";
import { parseEventLine } from "./event-line.ts";

// The log as bytes on disk become lines, and lines become what may be folded.
//
// L1. A line counts only when it is whole: it ends in a newline and is JSON.
// L2. Lines with `seq` are ours and count in order: 0, 1, 2 …, no gap, no repeat. What does not fit
//     (a line of half an append, a line whose predecessor was lost) is skipped, never folded.
// L3. Half an append at the end is cut; followed by another writer's line, it is skipped instead.
// L4. Lines that are not ours keep their place and are folded where the standard knows them.
// L5. What begins with zeros is cut likewise, lines of ours behind the zeros included.

/** One line of the log, in its place. */
export interface LogLine {
  /** The line as it stands in the file, without its newline. */
  readonly text: string;
  /** What it says; absent when it is not an event. */
  readonly event?: EventRecord;
  /** Whether it takes part in the fold. */
  readonly folded: boolean;
}

/** What a log holds. Lengths are in UTF-8 bytes when bytes were given. */
export interface LogContent {
  readonly lines: readonly LogLine[];
  /** Our highest folded `seq` + 1. */
  readonly revision: number;
  /** The length up to which the log is whole; what follows was never acknowledged and may be cut. */
  readonly wholeLength: number;
  /** Why the log must be cut at `wholeLength`, when it must. */
  readonly damage?: "torn" | "zeroed" | "half-append";
  /** Whether the last line is another writer's. */
  readonly endsForeign: boolean;
  /** Whether the last line, another writer's, lacks its newline. */
  readonly endsOpen: boolean;
}

interface RawLine {
  readonly text: string;
  readonly event: EventRecord | undefined;
  readonly end: number;
}

const NEWLINE = 10;
const decoder = new TextDecoder();

/** Reads the bytes of a log, starting where `expected` is the next place for a line of ours. */
export function readLog(bytes: Uint8Array, expected = 0): LogContent {
  const { lines, wholeLength, damage } = splitLines(bytes);
  const { folded, revision, halfFrom } = pickWholeAppends(lines, expected);
  const zeroFrom = zeroedFrom(lines, folded);
  const cutFrom = zeroFrom ?? halfFrom;
  const kept = lines.slice(0, cutFrom);
  const last = kept.at(-1);
  let cut: LogContent["damage"] = damage;
  if (cutFrom !== undefined) cut = zeroFrom === undefined ? "half-append" : "zeroed";
  return {
    lines: kept.map(({ text, event }, at) =>
      event === undefined ? { text, folded: false } : { text, event, folded: folded[at] === true },
    ),
    revision,
    wholeLength: cutFrom === undefined ? wholeLength : (last?.end ?? 0),
    ...(cut === undefined ? {} : { damage: cut }),
    endsForeign: last !== undefined && last.event?.seq === undefined,
    endsOpen: last !== undefined && last.end === bytes.length && bytes.at(-1) !== NEWLINE,
  };
}

/** L1: whole lines, and where they end. */
function splitLines(bytes: Uint8Array): {
  lines: RawLine[];
  wholeLength: number;
  damage?: "torn" | "zeroed";
} {
  const lines: RawLine[] = [];
  let start = 0;
  for (;;) {
    const newline = bytes.indexOf(NEWLINE, start);
    if (newline === -1) break;
    const text = decoder.decode(bytes.subarray(start, newline));
    lines.push({ text, event: parseEventLine(text) ?? salvage(text), end: newline + 1 });
    start = newline + 1;
  }
  const tail = bytes.subarray(start);
  const text = decoder.decode(tail);
  const event = parseEventLine(text) ?? salvage(text);
  if (event !== undefined && event.seq === undefined) {
    // another writer's line that only lacks its newline
    lines.push({ text, event, end: bytes.length });
    return { lines, wholeLength: bytes.length };
  }
  let damage: "torn" | "zeroed" | undefined;
  if (tail.length > 0) damage = tail.includes(0) ? "zeroed" : "torn";
  return damage === undefined
    ? { lines, wholeLength: start }
    : { lines, wholeLength: start, damage };
}

/**
 * L5: where blocks that never reached the disk begin. They read as zeros, also in front of lines of ours
 * that did reach it; those do not count without what is missing, and stand in a journal if anybody was
 * told of them. Nothing is cut when another writer's line follows.
 */
function zeroedFrom(lines: readonly RawLine[], folded: readonly boolean[]): number | undefined {
  let from: number | undefined;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at];
    if (line === undefined || folded[at] === true) break;
    if (isZeroed(line)) from = at;
    else if (line.event?.seq === undefined) break;
  }
  return from;
}

function isZeroed({ text, event }: RawLine): boolean {
  return event === undefined && text.includes("\0");
}

/**
 * Another writer's line that was put right behind our torn one: the two share a line, and only the
 * second half was acknowledged to anybody.
 */
function salvage(text: string): EventRecord | undefined {
  for (let at = text.lastIndexOf('{"ts":'); at > 0; at = text.lastIndexOf('{"ts":', at - 1)) {
    const event = parseEventLine(text.slice(at));
    if (event !== undefined) return event.seq === undefined ? event : undefined;
  }
  return undefined;
}

/** L2 and L3: which lines take part in the fold, and where half an append begins that ends the log. */
function pickWholeAppends(
  lines: readonly RawLine[],
  expected: number,
): { folded: readonly boolean[]; revision: number; halfFrom?: number } {
  const folded = lines.map(({ event }) => event !== undefined && event.seq === undefined);
  let open: number[] = [];
  let promised = 0;
  let next = expected;
  for (const [at, { event }] of lines.entries()) {
    if (event?.seq === undefined) continue;
    const more = event.more ?? 0;
    const continues = open.length > 0 && event.seq === next + open.length && more === promised;
    if (!continues) {
      open = [];
      if (event.seq !== next) continue;
    }
    open.push(at);
    promised = more - 1;
    if (more > 0) continue;
    for (const member of open) folded[member] = true;
    next += open.length;
    open = [];
  }
  const [start] = open;
  const endsTheLog = start !== undefined && start + open.length === lines.length;
  return endsTheLog ? { folded, revision: next, halfFrom: start } : { folded, revision: next };
}
