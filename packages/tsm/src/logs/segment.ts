import type { FileSystem } from "@tetra/durable-fs";
import { namesIn } from "../files/names-in.ts";
import type { LogStream } from "./log-stream.ts";

/** An archived part of a log. Its name says all of this, so that a folder can be read without its files. */
export interface Segment {
  readonly stream: LogStream;
  /** Its first byte in the whole log. */
  readonly start: number;
  /** The byte behind its last. */
  readonly end: number;
  /** When it was archived, to a second, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly isCompressed: boolean;
  /** Its name in the folder. */
  readonly name: string;
}

/** What a segment's name ends with until it is whole. */
export const UNFINISHED = ".part";
const DIGITS = 15;
const NAME = /^(out|err)\.(\d{15})-(\d{15})\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.log(\.gz)?$/;

/** The name of a segment, such as `out.000000000000000-000000010485760.20260131T093000Z.log`. */
export function segmentName(segment: Omit<Segment, "name">): string {
  const { stream, start, end, atMs, isCompressed } = segment;
  const range = [start, end].map((offset) => String(offset).padStart(DIGITS, "0")).join("-");
  const time = new Date(atMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `${stream}.${range}.${time}.log${isCompressed ? ".gz" : ""}`;
}

/** The segment of this name; `undefined` when it is none. */
export function parseSegmentName(name: string): Segment | undefined {
  const [, stream, start, end, ...more] = NAME.exec(name) ?? [];
  if (stream !== "out" && stream !== "err") return undefined;
  const [year = 0, month = 1, day, hour, minute, second] = more.slice(0, 6).map(Number);
  return {
    stream,
    start: Number(start),
    end: Number(end),
    atMs: Date.UTC(year, month - 1, day, hour, minute, second),
    isCompressed: more[6] !== undefined,
    name,
  };
}

/**
 * The segments of a stream, oldest first, none that another covers: of one that is being compressed, the
 * plain file counts until it is gone.
 */
export function listSegments(
  fs: FileSystem,
  folder: string,
  stream: LogStream,
): readonly Segment[] {
  return segmentsAmong(namesIn(fs, folder), stream);
}

/** The same of names that were read. */
export function segmentsAmong(names: readonly string[], stream: LogStream): readonly Segment[] {
  const found = names
    .map(parseSegmentName)
    .filter((segment): segment is Segment => segment?.stream === stream)
    .toSorted(
      (a, b) =>
        a.start - b.start || b.end - a.end || Number(a.isCompressed) - Number(b.isCompressed),
    );
  const kept: Segment[] = [];
  for (const segment of found) {
    if (segment.end > (kept.at(-1)?.end ?? -1)) kept.push(segment);
  }
  return kept;
}

/** Where the segments that follow on each other from `from` on end. */
export function chainEnd(segments: readonly Segment[], from: number): number {
  let end = from;
  for (const segment of segments) if (segment.start <= end) end = Math.max(end, segment.end);
  return end;
}
