import { type MonitorEvent, tokenOf } from "./event.ts";

/** How often something was seen. */
export interface Counted {
  readonly count: number;
  /** The earliest and the latest, milliseconds since the epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Counts of events. Adding them up does not depend on any order, while there are not too many tokens. */
export interface Tally {
  readonly events: number;
  readonly byToken: ReadonlyMap<string, Counted>;
  readonly byService: ReadonlyMap<string, Counted>;
}

/** Nothing was seen. */
export const EMPTY_TALLY: Tally = { events: 0, byToken: new Map(), byService: new Map() };

/** So many different tokens are told apart; later ones count as {@link OTHER_TOKENS}. */
export const MOST_TOKENS = 2000;

/** What stands for the tokens that are too many. */
export const OTHER_TOKENS = "TETRA:*:*";

/** Counts more events. */
export function tallyOf(events: readonly MonitorEvent[], before: Tally = EMPTY_TALLY): Tally {
  if (events.length === 0) return before;
  const byToken = new Map(before.byToken);
  const byService = new Map(before.byService);
  for (const event of events) {
    const token = tokenOf(event);
    const isKnown = byToken.has(token) || byToken.size < MOST_TOKENS;
    count(byToken, isKnown ? token : OTHER_TOKENS, event.atMs);
    count(byService, event.service, event.atMs);
  }
  return { events: before.events + events.length, byToken, byService };
}

function count(counts: Map<string, Counted>, key: string, atMs: number): void {
  const before = counts.get(key) ?? { count: 0, firstMs: atMs, lastMs: atMs };
  counts.set(key, {
    count: before.count + 1,
    firstMs: Math.min(before.firstMs, atMs),
    lastMs: Math.max(before.lastMs, atMs),
  });
}
