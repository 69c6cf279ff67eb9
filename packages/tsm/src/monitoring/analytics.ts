import { type Clicks, clicksOf } from "./clicks.ts";
import type { MonitorEvent } from "./event.ts";
import { inOrder } from "./in-order.ts";
import { isOf } from "./patterns.ts";
import { peopleOf } from "./people.ts";
import { type Ranked, ranked } from "./ranked.ts";
import { type Responses, responsesOf } from "./responses.ts";
import { orderedSessions, type SessionSummary, summaryOf } from "./sessions.ts";

/** What events come to. */
export interface Analytics {
  readonly events: number;
  readonly errors: number;
  /** Of the earliest and the latest event, milliseconds since the epoch. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly clicks: Clicks;
  readonly responses: Responses;
  /** The most frequent ways through pages: `/ → /cart → /pay`, a session each. */
  readonly journeys: readonly Ranked[];
  readonly sessions: SessionSummary;
}

/** Analyses events; the order in which they are given does not matter. */
export function analyticsOf(events: readonly MonitorEvent[]): Analytics {
  const ordered = inOrder(events);
  const people = peopleOf(ordered);
  const sessions = orderedSessions(ordered, people);
  const journeys = sessions.filter(({ journey }) => journey.length > 0);
  return {
    events: ordered.length,
    errors: ordered.filter((event) => isOf("ERROR", event)).length,
    fromMs: ordered[0]?.atMs,
    toMs: ordered.at(-1)?.atMs,
    clicks: clicksOf(ordered, people),
    responses: responsesOf(ordered, people),
    journeys: ranked(journeys.map(({ journey }) => journey.join(" → "))),
    sessions: summaryOf(sessions),
  };
}
