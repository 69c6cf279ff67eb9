import { type Arguments, usageError } from "@tetra/cli-kit";
import type { LogQuery } from "@tetra/tsm/logs";
import { eventMatcher, type MonitorEvent } from "@tetra/tsm/monitoring";
import { sinceOption } from "../diagnosis/since-option.ts";

const DEFAULT_LINES = 10_000;
/** Lines that may be events; others do not count as lines. */
const MAY_BE_EVENT = String.raw`TETRA:|^\s*\{`;

/**
 * Which lines to read.
 * @param lines how many, where nothing is said
 * @throws TetraError `USAGE`, `INVALID_TIME`
 */
export function eventQuery(
  args: Arguments,
  nowMs: number,
  lines: number = DEFAULT_LINES,
): LogQuery {
  const since = sinceOption(args, nowMs);
  const text = args.value("lines");
  if (text !== undefined && !/^\d{1,9}$/.test(text)) {
    throw usageError(
      `--lines: ${JSON.stringify(text)} is no number of lines`,
      "use a whole number from 0",
    );
  }
  return { lines: text === undefined ? lines : Number(text), grep: MAY_BE_EVENT, ...since };
}

/** Whether an event is wanted. */
export function wantedEvents(args: Arguments): (event: MonitorEvent) => boolean {
  const matchers = args.values("pattern").map(eventMatcher);
  return (event) => matchers.length === 0 || matchers.some((matches) => matches(event));
}
