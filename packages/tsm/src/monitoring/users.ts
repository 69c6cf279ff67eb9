import type { MonitorEvent } from "./event.ts";
import { byText, inOrder } from "./in-order.ts";
import { isAnonymous, peopleOf } from "./people.ts";
import { orderedSessions } from "./sessions.ts";

/** Somebody who used services. */
export interface User {
  /** A name, or `anon_` and eight hexadecimal digits. */
  readonly user: string;
  readonly isAnonymous: boolean;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly events: number;
  readonly clicks: number;
  readonly errors: number;
  readonly sessions: number;
  readonly services: readonly string[];
}

/** Who was there, of events in any order; by name. */
export function usersOf(events: readonly MonitorEvent[]): readonly User[] {
  const ordered = inOrder(events);
  const users = new Map<string, User>();
  for (const session of orderedSessions(ordered, peopleOf(ordered))) {
    const { user, startMs, endMs } = session;
    const before = users.get(user);
    users.set(user, {
      user,
      isAnonymous: isAnonymous(user),
      firstMs: Math.min(before?.firstMs ?? startMs, startMs),
      lastMs: Math.max(before?.lastMs ?? endMs, endMs),
      events: (before?.events ?? 0) + session.events,
      clicks: (before?.clicks ?? 0) + session.clicks,
      errors: (before?.errors ?? 0) + session.errors,
      sessions: (before?.sessions ?? 0) + 1,
      services: [...new Set([...(before?.services ?? []), ...session.services])].toSorted(byText),
    });
  }
  return [...users.values()].toSorted((a, b) => byText(a.user, b.user));
}
