import type { MonitorEvent } from "./event.ts";
import { fieldOf } from "./event-fields.ts";
import { isOf } from "./patterns.ts";
import type { People } from "./people.ts";
import { timeApart } from "./time-apart.ts";

/** What comes later belongs to something else. */
const WINDOW_MS = 5000;
const SLOW_MS = 1000;

/** What is known of requests and their responses. */
export interface Responses {
  readonly requests: number;
  readonly responses: number;
  /** Responses whose request, or click, is known: at most 5 s before. */
  readonly correlated: number;
  /** Requests without a response within 5 s. */
  readonly unanswered: number;
  /** Correlated responses of which nobody knows how long they took: the times of the log are too vague. */
  readonly untimed: number;
  /** Those that took more than 1000 ms. */
  readonly slow: number;
  /** Milliseconds; `undefined` when there was none. */
  readonly medianMs: number | undefined;
  readonly p95Ms: number | undefined;
  readonly slowestMs: number | undefined;
}

/**
 * Puts requests and responses together. What has an id (`id`, `request_id`, `trace_id` …) belongs to the
 * oldest open request of that service with the same; what has none to the oldest open request of the same
 * service and user, or else to their oldest click.
 * @param events in order
 */
export function responsesOf(events: readonly MonitorEvent[], people: People): Responses {
  const open = new Map<string, Open>();
  const times: number[] = [];
  const counts = { requests: 0, responses: 0, correlated: 0, answered: 0, untimed: 0 };
  for (const event of events) {
    if (isOf("RESPONSE", event)) {
      counts.responses += 1;
      const from = takeOldest(open, keysFor(event, people), event.atMs);
      if (from === undefined) continue;
      counts.correlated += 1;
      if (isOf("REQUEST", from)) counts.answered += 1;
      const took = saidDuration(event) ?? timeApart(from, event);
      if (took === undefined) counts.untimed += 1;
      else times.push(took);
    } else if (isOf("REQUEST", event) || isOf("CLICK", event)) {
      if (isOf("REQUEST", event)) counts.requests += 1;
      const [key = ""] = keysFor(event, people);
      leaveOpen(open, key, event);
    }
  }
  const { requests, responses, correlated, answered, untimed } = counts;
  const sorted = times.toSorted((a, b) => a - b);
  return {
    requests,
    responses,
    correlated,
    unanswered: requests - answered,
    untimed,
    slow: times.filter((took) => took > SLOW_MS).length,
    medianMs: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    slowestMs: sorted.at(-1),
  };
}

/** Where an event is kept, or, for a response, looked for: the places one after the other. */
function keysFor(event: MonitorEvent, people: People): readonly string[] {
  const id = fieldOf(event.fields, ["requestid", "traceid", "correlationid", "id", "rid"]);
  const isClick = isOf("CLICK", event) && !isOf("REQUEST", event);
  // the id of a click is what was clicked
  if (id !== undefined && !isClick) return [`id\0${event.service}\0${id}`];
  const place = `${event.service}\0${people.userOf(event) ?? ""}`;
  if (isOf("RESPONSE", event)) return [`request\0${place}`, `click\0${place}`];
  return [`${isClick ? "click" : "request"}\0${place}`];
}

/** Requests that have no response yet, oldest first; those before `next` are done with. */
interface Open {
  readonly events: MonitorEvent[];
  next: number;
}

function leaveOpen(open: Map<string, Open>, key: string, event: MonitorEvent): void {
  const there = open.get(key);
  if (there === undefined) open.set(key, { events: [event], next: 0 });
  else there.events.push(event);
}

/** The oldest of the first place that has one; what is too old is left out. */
function takeOldest(
  open: ReadonlyMap<string, Open>,
  keys: readonly string[],
  atMs: number,
): MonitorEvent | undefined {
  for (const key of keys) {
    const there = open.get(key);
    if (there === undefined) continue;
    while (there.next < there.events.length) {
      const event = there.events[there.next];
      there.next += 1;
      if (event !== undefined && atMs - event.atMs <= WINDOW_MS) return event;
    }
  }
  return undefined;
}

/** What the service measured itself is right, whatever the log's times. */
function saidDuration({ fields }: MonitorEvent): number | undefined {
  const text = fieldOf(fields, ["durationms", "duration", "ms"]) ?? "";
  return /^\d{1,9}(\.\d{1,9})?(ms)?$/.test(text) ? Number.parseFloat(text) : undefined;
}

function quantile(sorted: readonly number[], part: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
}
