import type { Clock } from "../clock.ts";
import { extentOf } from "./extent.ts";
import { lastLines } from "./last-lines.ts";
import { type LineSplitter, lineSplitter, type RawLine } from "./line-splitter.ts";
import { type LineOrigin, type LogLine, logLine } from "./log-line.ts";
import type { CheckedQuery } from "./log-query.ts";
import type { LogStream } from "./log-stream.ts";
import { type LogPlace, oldestOffset, readBytes } from "./read-bytes.ts";
import { endOf, readLines } from "./read-lines.ts";

// Looking at the size now and then costs the service nothing; being told of changes by the kernel
// (inotify) halves the speed of who writes.

/** A service that is followed. */
export interface Followed extends LogPlace {
  readonly service: string;
  /** Notes the lengths of its logs, so that others too can tell when lines were written. */
  readonly note: (atMs: number) => void;
}

/** How to follow. */
export interface FollowOptions {
  readonly clock: Clock;
  readonly query: CheckedQuery;
  /** Ends it. */
  readonly signal: AbortSignal;
}

const SHORTEST_LOOK_MS = 20;
const LONGEST_LOOK_MS = 250;
/** A line without an end, such as a prompt, is given away when nothing comes for so long. */
const OPEN_LINE_MS = 1000;
const NOTE_EVERY_MS = 1000;
/** At a time of each stream, so that one does not keep the others waiting. */
const MOST_BYTES = 4_194_304;

/** How long to wait after a look: shortly while something comes, longer and longer else. */
export function nextFollowMs(waitedMs: number, grew: boolean): number {
  return grew ? SHORTEST_LOOK_MS : Math.min(Math.ceil(waitedMs * 1.5), LONGEST_LOOK_MS);
}

/** Where the reading of a log has come to. */
interface Trail {
  readonly followed: Followed;
  readonly stream: LogStream;
  splitter: LineSplitter;
  /** The next byte to read. */
  at: number;
  /** When the log was seen to be no longer than `at`: what follows was written later. */
  provenMs: number;
  /** When something was last read. */
  readMs: number;
}

/**
 * The last lines of services, and then what comes, in batches of one service each. Ends with the signal.
 * Goes on across restarts and rotations, and when a service is removed and made again.
 */
export async function* followLines(
  services: readonly Followed[],
  { clock, query, signal }: FollowOptions,
): AsyncGenerator<readonly LogLine[], void> {
  const trails: Trail[] = [];
  for (const followed of services) {
    const nowMs = clock.now();
    const { lines, ends } = readLines(followed, query);
    for (const stream of query.streams) {
      trails.push(await trailFrom({ followed, stream, end: ends[stream], nowMs }));
    }
    for await (const batch of lines) {
      const whole = batch.filter((line) => !line.isOpen || endOf(line) < ends[line.stream]);
      if (whole.length > 0) yield whole; // an open line comes when it is whole
    }
  }
  let waitMs = SHORTEST_LOOK_MS;
  let notedMs = clock.now();
  const unnoted = new Set<Followed>();
  while (!signal.aborted) {
    const nowMs = clock.now();
    let grew = false;
    let isBehind = false;
    // both logs of a service are measured before either is read
    const looks = trails.map((trail) => ({ trail, end: look(trail) }));
    for (const { trail, end } of looks) {
      if (trail.at < end) {
        grew = true;
        unnoted.add(trail.followed);
      }
      for await (const lines of news(trail, { end, nowMs })) {
        const wanted = query.matches === undefined ? lines : lines.filter(query.matches);
        if (wanted.length === 0) continue;
        const origin = originOf(trail, nowMs);
        yield wanted.map((line) => logLine(line, origin));
      }
      if (trail.at >= end) trail.provenMs = nowMs;
      else isBehind = true;
    }
    if (nowMs - notedMs >= NOTE_EVERY_MS) {
      notedMs = nowMs;
      for (const followed of unnoted) followed.note(nowMs);
      unnoted.clear();
    }
    waitMs = nextFollowMs(waitMs, grew);
    if (!isBehind) await pause(clock, waitMs, signal);
  }
}

/** Where following begins: at the end, or where a line begins that is not whole yet. */
async function trailFrom(begin: {
  readonly followed: Followed;
  readonly stream: LogStream;
  readonly end: number;
  readonly nowMs: number;
}): Promise<Trail> {
  const { followed, stream, end, nowMs } = begin;
  const from = oldestOffset(followed, stream);
  const query = { stream, from, fromContinues: from > 0, to: end, count: 1 };
  const [last] = await lastLines(followed, query);
  const at = last?.isOpen === true ? last.offset : end;
  const splitter = lineSplitter(at, last?.isOpen === true && last.continues);
  return { followed, stream, splitter, at, provenMs: nowMs, readMs: nowMs };
}

/** Measures a log. One that is shorter than what was read has been emptied, or is another. */
function look(trail: Trail): number {
  const { followed, stream } = trail;
  const { start, end } = extentOf(followed.fs, followed.paths, stream);
  if (end < trail.at) {
    trail.at = start;
    trail.splitter = lineSplitter(start);
  }
  return end;
}

/** The lines that are new, and those that stay open for too long. */
async function* news(
  trail: Trail,
  { end, nowMs }: { readonly end: number; readonly nowMs: number },
): AsyncGenerator<readonly RawLine[], void> {
  const { followed, stream, splitter } = trail;
  const to = Math.min(end, trail.at + MOST_BYTES);
  for await (const piece of readBytes(followed, { stream, from: trail.at, to })) {
    trail.at = piece.offset + piece.bytes.length;
    trail.readMs = nowMs;
    yield splitter.push(piece);
  }
  if (splitter.position < trail.at && nowMs - trail.readMs >= OPEN_LINE_MS) yield splitter.flush();
}

function originOf({ followed, stream, provenMs }: Trail, atMs: number): LineOrigin {
  return { service: followed.service, stream, atMs, precisionMs: Math.max(0, atMs - provenMs) };
}

/** Waits, at most until the signal. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  let end = (): void => {};
  const aborted = new Promise<void>((resolve) => {
    end = resolve;
  });
  signal.addEventListener("abort", end, { once: true });
  await Promise.race([clock.sleep(ms), aborted]);
  signal.removeEventListener("abort", end);
}
