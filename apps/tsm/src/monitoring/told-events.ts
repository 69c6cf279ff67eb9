import { counted } from "../counted.ts";
import { type Piece, styled, type Style, table } from "@tetra/cli-kit";
import { eventMatcher, type MonitorEvent, type Tally, tokenOf } from "@tetra/tsm/monitoring";

/** An event as `--json` prints it. */
export function eventRecord(event: MonitorEvent): object {
  const { service, stream, atMs, precisionMs, data, fields, offset } = event;
  return {
    at: timeText(atMs),
    ...(precisionMs === undefined ? {} : { precision_ms: precisionMs }),
    service,
    stream,
    offset,
    token: tokenOf(event),
    category: event.category,
    event: event.event,
    data,
    fields: Object.fromEntries(fields),
  };
}

const isError = eventMatcher("ERROR");

/** An event for people, in a line. */
export function eventLine(event: MonitorEvent): readonly Piece[] {
  const { service, atMs, category, data } = event;
  const style: Style = isError(event) ? "red" : "cyan";
  return [
    styled(`${timeText(atMs).slice(11, 23)} `, "dim"),
    `${service} `,
    styled(`${category}:${event.event}`, style),
    data === "" ? "" : ` ${data}`,
  ];
}

/** Counts as `--json` prints them. */
export function tallyRecord({ events, byToken, byService }: Tally): object {
  return {
    events,
    tokens: [...byToken].map(([token, { count, firstMs, lastMs }]) => ({
      token,
      count,
      first: timeText(firstMs),
      last: timeText(lastMs),
    })),
    services: [...byService].map(([service, { count }]) => ({ service, count })),
  };
}

/** Counts for people, the most frequent first. */
export function tallyLines(
  { events, byToken, byService }: Tally,
  columns: number | undefined,
): readonly (readonly Piece[])[] {
  if (events === 0) return [["No events."]];
  const heading = ["EVENT", "COUNT", "FIRST", "LAST"].map((word) => styled(word, "bold"));
  const rows = [...byToken]
    .toSorted(([, a], [, b]) => b.count - a.count)
    .map(([token, { count, firstMs, lastMs }]) => [
      token.slice("TETRA:".length),
      String(count),
      shortTime(firstMs),
      shortTime(lastMs),
    ]);
  const from = counted(byService.size, "service");
  return [
    ...table([heading, ...rows], { columns }),
    [styled(`${events} ${events === 1 ? "event" : "events"} of ${from}`, "dim")],
  ];
}

/** RFC 3339, UTC, with milliseconds. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** `2026-01-31 09:30:00` */
export function shortTime(ms: number): string {
  return timeText(ms).slice(0, 19).replace("T", " ");
}

/** Milliseconds for people. */
export function msText(ms: number | undefined): string {
  return ms === undefined ? "-" : `${Math.round(ms)} ms`;
}
