import type { LogStream } from "./log-stream.ts";
import type { OffsetNote } from "./offset-index.ts";

/** When a line was written: at this time or up to `precisionMs` before. */
export interface LineTime {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** `undefined`: nobody noted when the log was shorter. */
  readonly precisionMs: number | undefined;
  /** Between which notes: lines of both streams with a smaller one were written before. */
  readonly rank: number;
}

/** When the lines of a stream were written, by what was noted of offsets and times. */
export interface LineTimes {
  /** The time of what ends before the offset `end`, and begins at `offset`. */
  readonly timeOf: (offset: number, end: number) => LineTime;
  /** From here on a log may hold what was written at this time or later. */
  readonly offsetSince: (sinceMs: number) => number;
}

/**
 * @param notes in the order of the log
 * @param changedAtMs when the current file was last written to: the end of all that is not noted
 */
export function lineTimes(
  notes: readonly OffsetNote[],
  stream: LogStream,
  changedAtMs: number,
): LineTimes {
  const last = notes.at(-1);
  // a clock that was set back must not make the last interval a negative one
  const endMs = Math.max(Math.ceil(changedAtMs), last?.atMs ?? 0);

  /** How many notes say less than `offset`, or no more than it. */
  function countBelow(offset: number, orEqual: boolean): number {
    let low = 0;
    let high = notes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const noted = notes[middle]?.[stream] ?? 0;
      if (orEqual ? noted <= offset : noted < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    timeOf(offset, end) {
      const rank = countBelow(end, false); // the first note that has all of it
      const earlier = notes[Math.min(rank, countBelow(offset, true)) - 1];
      const atMs = notes[rank]?.atMs ?? endMs;
      const precisionMs = earlier === undefined ? undefined : Math.abs(atMs - earlier.atMs);
      return { atMs, precisionMs, rank };
    },
    offsetSince(sinceMs) {
      const first = notes.findIndex(({ atMs }) => atMs >= sinceMs);
      if (first !== -1) return first === 0 ? 0 : (notes[first - 1]?.[stream] ?? 0);
      return endMs >= sinceMs ? (last?.[stream] ?? 0) : Number.POSITIVE_INFINITY;
    },
  };
}
