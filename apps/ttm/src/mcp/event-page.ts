import type { EventRecord } from "@tetra/tts-core";
import type { App } from "../app.ts";
import { withStore } from "../open-store.ts";

/** A page of a log. */
export interface ToldEvents {
  /** As they were recorded; a line that is no event is its text, one that is too long only says so. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** How many there are in all. */
  readonly total: number;
  readonly next_offset?: number;
}

/** Which page. */
export interface EventQuery {
  readonly offset: number;
  readonly limit: number;
  /** Only events of this name. */
  readonly name?: string | undefined;
}

const MOST_IN_EVENT = 65_536;
const MOST_IN_PAGE = 524_288;

/** Reads a page of a log. @throws TetraError `NOT_FOUND`, `AMBIGUOUS`, `INVALID_ID` */
export function eventPage(
  app: App,
  id: string,
  { offset, limit, name }: EventQuery,
): Promise<ToldEvents> {
  return withStore(app, "read", async ({ manager }) => {
    const lines = await manager.events(id, name);
    const told: Readonly<Record<string, unknown>>[] = [];
    let size = 0;
    for (const { text, event } of lines.slice(offset, offset + limit)) {
      size += Math.min(text.length, MOST_IN_EVENT);
      if (told.length > 0 && size > MOST_IN_PAGE) break;
      told.push(toldLine(text, event));
    }
    const next = offset + told.length;
    return {
      events: told,
      total: lines.length,
      ...(next < lines.length && told.length > 0 ? { next_offset: next } : {}),
    };
  });
}

function toldLine(text: string, event: EventRecord | undefined): Readonly<Record<string, unknown>> {
  if (text.length <= MOST_IN_EVENT) return event ?? { text };
  const { event: name, ts, seq } = event ?? {};
  return {
    ...(name === undefined ? {} : { event: name }),
    ...(ts === undefined ? {} : { ts }),
    ...(seq === undefined ? {} : { seq }),
    too_long: text.length,
  };
}
