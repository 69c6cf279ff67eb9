import type { MonitorEvent } from "./event.ts";

/** Times that are vaguer than this say nothing about what lies between them. */
const EXACT_MS = 1000;

/** Milliseconds from one event to another; `undefined` when their times are too vague to tell. */
export function timeApart(from: MonitorEvent, to: MonitorEvent): number | undefined {
  const vague = (from.precisionMs ?? Infinity) + (to.precisionMs ?? Infinity);
  return vague > EXACT_MS ? undefined : to.atMs - from.atMs;
}
