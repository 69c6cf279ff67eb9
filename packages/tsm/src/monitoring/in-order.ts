import type { MonitorEvent } from "./event.ts";

/**
 * Events by their time, and of the same time by where they were written: one order, in whatever order
 * they were read. Reports begin with it, so that they do not depend on that.
 */
export function inOrder(events: readonly MonitorEvent[]): readonly MonitorEvent[] {
  return events.toSorted(
    (a, b) =>
      a.atMs - b.atMs ||
      byText(a.service, b.service) ||
      byText(a.stream, b.stream) ||
      a.offset - b.offset,
  );
}

/** By code units, the same everywhere. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
