import type { MonitorEvent } from "./event.ts";
import { fieldOf } from "./event-fields.ts";
import { byText, inOrder } from "./in-order.ts";
import { isOf } from "./patterns.ts";
import { type People, peopleOf, sessionIn } from "./people.ts";

/** Who is silent for so long begins another session, where the services name none. */
const PAUSE_MS = 1_800_000;

/** What somebody did in one go. */
export interface Session {
  /** As services call it, or the user and a number. */
  readonly id: string;
  readonly user: string;
  readonly services: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  readonly events: number;
  readonly clicks: number;
  readonly errors: number;
  /** The pages, one after the other; the same one is not repeated. */
  readonly journey: readonly string[];
  /** Whether a service said that it is over. */
  readonly hasEnded: boolean;
}

/** Sessions in numbers. */
export interface SessionSummary {
  readonly sessions: number;
  readonly users: number;
  readonly events: number;
  readonly clicks: number;
  readonly errors: number;
  readonly ended: number;
  /** `undefined` when there are none. */
  readonly meanDurationMs: number | undefined;
}

/** The sessions of events in any order, the first to begin first. What is somebody's belongs to exactly one. */
export function sessionsOf(events: readonly MonitorEvent[]): readonly Session[] {
  const ordered = inOrder(events);
  return orderedSessions(ordered, peopleOf(ordered));
}

/** @param events in order */
export function orderedSessions(
  events: readonly MonitorEvent[],
  people: People,
): readonly Session[] {
  const byId = new Map<string, MonitorEvent[]>();
  const nameless = namelessSessions();
  for (const event of events) {
    const user = people.userOf(event);
    if (user === undefined) continue;
    const session = sessionIn(event);
    // an own name could be that of a nameless one
    const key = session === undefined ? nameless(user, event.atMs) : `=${session}`;
    const found = byId.get(key);
    if (found === undefined) byId.set(key, [event]);
    else found.push(event);
  }
  return [...byId].flatMap(([key, found]) => {
    const [first] = found;
    const user = first === undefined ? undefined : people.userOf(first);
    return user === undefined ? [] : [sessionFrom(key.slice(1), user, found)];
  });
}

/** Sessions in numbers. */
export function summaryOf(sessions: readonly Session[]): SessionSummary {
  const sum = (of: (session: Session) => number): number =>
    sessions.reduce((total, session) => total + of(session), 0);
  const durations = sum(({ startMs, endMs }) => endMs - startMs);
  return {
    sessions: sessions.length,
    users: new Set(sessions.map(({ user }) => user)).size,
    events: sum(({ events }) => events),
    clicks: sum(({ clicks }) => clicks),
    errors: sum(({ errors }) => errors),
    ended: sum(({ hasEnded }) => (hasEnded ? 1 : 0)),
    meanDurationMs: sessions.length === 0 ? undefined : durations / sessions.length,
  };
}

function namelessSessions(): (user: string, atMs: number) => string {
  const last = new Map<string, { readonly number: number; readonly atMs: number }>();
  return (user, atMs) => {
    const before = last.get(user) ?? { number: 1, atMs };
    const number = before.number + (atMs - before.atMs > PAUSE_MS ? 1 : 0);
    last.set(user, { number, atMs });
    return `-${user}#${number}`;
  };
}

function sessionFrom(id: string, user: string, events: readonly MonitorEvent[]): Session {
  const count = (is: (event: MonitorEvent) => boolean): number => events.filter(is).length;
  return {
    id,
    user,
    services: [...new Set(events.map(({ service }) => service))].toSorted(byText),
    startMs: events[0]?.atMs ?? 0,
    endMs: events.at(-1)?.atMs ?? 0,
    events: events.length,
    clicks: count((event) => isOf("CLICK", event)),
    errors: count((event) => isOf("ERROR", event)),
    journey: journeyOf(events),
    hasEnded: events.some((event) => isOf("SESSION", event) && event.event === "END"),
  };
}

function journeyOf(events: readonly MonitorEvent[]): readonly string[] {
  return events
    .filter((event) => isOf("PAGE", event))
    .map(({ fields, event }) => fieldOf(fields, ["page", "path", "url", "to"]) ?? event)
    .filter((page, at, pages) => page !== pages[at - 1]);
}
