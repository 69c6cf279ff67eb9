import { TetraError } from "@tetra/errors";
import type { LogsErrorCode } from "./errors.ts";
import { lineText } from "./log-line.ts";
import type { RawLine } from "./line-splitter.ts";
import { type LogStream, STREAMS } from "./log-stream.ts";

/** Which lines of a service to read. */
export interface LogQuery {
  /** So many of the last lines of each stream. Default: 50; with `sinceMs`, all. */
  readonly lines?: number | undefined;
  /** Default: both. */
  readonly streams?: readonly LogStream[] | undefined;
  /** What was written at this time or later, milliseconds since the epoch, as far as it can be told. */
  readonly sinceMs?: number | undefined;
  /** Lines that match this regular expression; others do not count. */
  readonly grep?: string | undefined;
  /** Whether upper and lower case are the same to `grep`. Default: no. */
  readonly ignoreCase?: boolean | undefined;
}

/** A query that was checked. */
export interface CheckedQuery {
  readonly lines: number;
  readonly streams: readonly LogStream[];
  readonly sinceMs: number | undefined;
  readonly matches: ((line: RawLine) => boolean) | undefined;
}

const DEFAULT_LINES = 50;

/** @throws TetraError `INVALID_LOG_QUERY` */
export function checkQuery(query: LogQuery): CheckedQuery {
  const { sinceMs, streams = STREAMS } = query;
  const lines = query.lines ?? (sinceMs === undefined ? DEFAULT_LINES : Number.POSITIVE_INFINITY);
  if (lines !== Number.POSITIVE_INFINITY && (!Number.isSafeInteger(lines) || lines < 0)) {
    throw refused(`${lines} is no number of lines`, "give a whole number from 0");
  }
  if (sinceMs !== undefined && !Number.isFinite(sinceMs)) {
    throw refused(`${sinceMs} is no time`, "give milliseconds since the epoch");
  }
  return { lines, streams, sinceMs, matches: matcherOf(query) };
}

function matcherOf({ grep, ignoreCase = false }: LogQuery): CheckedQuery["matches"] {
  if (grep === undefined) return undefined;
  try {
    const pattern = new RegExp(grep, ignoreCase ? "i" : "");
    return (line) => pattern.test(lineText(line));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refused(error.message, "give a regular expression of JavaScript, quoted for the shell");
  }
}

function refused(why: string, hint: string): TetraError<LogsErrorCode> {
  return new TetraError<LogsErrorCode>("INVALID_LOG_QUERY", why, { hint });
}
