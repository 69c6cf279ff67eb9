import type { MonitorEvent } from "./event.ts";
import { fieldOf } from "./event-fields.ts";
import { isOf } from "./patterns.ts";
import type { People } from "./people.ts";
import { type Ranked, ranked } from "./ranked.ts";
import { timeApart } from "./time-apart.ts";

/** Two clicks of somebody within less than this are rapid. */
const RAPID_MS = 2000;

/** What is known of clicks. */
export interface Clicks {
  readonly total: number;
  /** Clicks that came less than 2 s after another of the same user. */
  readonly rapid: number;
  /** What was clicked most. */
  readonly targets: readonly Ranked[];
}

/** @param events in order */
export function clicksOf(events: readonly MonitorEvent[], people: People): Clicks {
  const clicks = events.filter((event) => isOf("CLICK", event));
  const last = new Map<string, MonitorEvent>();
  let rapid = 0;
  for (const click of clicks) {
    const user = people.userOf(click) ?? click.service;
    const before = last.get(user);
    const apart = before === undefined ? undefined : timeApart(before, click);
    if (apart !== undefined && apart < RAPID_MS) rapid += 1;
    last.set(user, click);
  }
  return { total: clicks.length, rapid, targets: ranked(clicks.map(targetOf)) };
}

function targetOf({ fields, event }: MonitorEvent): string {
  return fieldOf(fields, ["target", "element", "button", "id"]) ?? event;
}
