import type { LogStream } from "../logs/log-stream.ts";
import { isRecord, textFrom, type Unchecked } from "../files/lenient.ts";
import { type EventFields, fieldOf, fieldsOfRecord, fieldsOfText } from "./event-fields.ts";

/** Where and when a line was written. */
export interface EventOrigin {
  readonly service: string;
  readonly stream: LogStream;
  /** Its first byte in the whole log. */
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** It was then, or up to so many milliseconds before. `undefined`: nobody knows. */
  readonly precisionMs: number | undefined;
}

/** Something that a service said happened. */
export interface MonitorEvent extends EventOrigin {
  /** `CLICK`: upper case, at most 32 characters. */
  readonly category: string;
  /** `BUTTON`: upper case, at most 64 characters. */
  readonly event: string;
  /** What stands behind, or the whole line when it is JSON; at most {@link MOST_DATA} characters. */
  readonly data: string;
  readonly fields: EventFields;
}

/** So much of what comes with an event is kept. */
export const MOST_DATA = 4096;

const TOKEN =
  /(?:^|[\s[(>|])TETRA:([A-Za-z][\w.-]{0,31}):([A-Za-z][\w.-]{0,63})(?:$|[\s:,;\])])(.*)$/s;
const WHOLE_TOKEN = /^TETRA:([A-Za-z][\w.-]{0,31}):([A-Za-z][\w.-]{0,63})$/;
const CATEGORY = /^[A-Za-z][\w.-]{0,31}$/;
const EVENT = /^[A-Za-z][\w.-]{0,63}$/;

/**
 * Reads a line of a service. `TETRA:CATEGORY:EVENT …` may stand anywhere in it as a word of its own, so
 * that loggers may put their times in front. A line that is a JSON object has the token in `token`,
 * `type` or `event`, or says `category` and `event`. Total: any other line is `undefined`.
 *
 * The time that the service itself wrote (`ts_ms`, `ts`, `timestamp`, `time`) wins over that of the log.
 */
export function parseEvent(text: string, origin: EventOrigin): MonitorEvent | undefined {
  return text.trimStart().startsWith("{") ? fromJson(text, origin) : fromText(text, origin);
}

/** `TETRA:CLICK:BUTTON` */
export function tokenOf({ category, event }: Pick<MonitorEvent, "category" | "event">): string {
  return `TETRA:${category}:${event}`;
}

function fromText(text: string, origin: EventOrigin): MonitorEvent | undefined {
  if (!text.includes("TETRA:")) return undefined;
  const [, category = "", event = "", rest = ""] = TOKEN.exec(text) ?? [];
  if (category === "") return undefined;
  const data = clipped(rest.trim());
  return eventOf({ category, event, data, fields: fieldsOfText(data) }, origin);
}

function fromJson(text: string, origin: EventOrigin): MonitorEvent | undefined {
  const record = recordOf(text);
  const said = record === undefined ? undefined : saidBy(record);
  if (record === undefined || said === undefined) return undefined;
  const fields = fieldsOfRecord(record);
  return eventOf({ ...said, data: clipped(text.trim()), fields }, origin);
}

function recordOf(text: string): Unchecked | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return isRecord(read) ? read : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function saidBy(record: Unchecked): Pick<MonitorEvent, "category" | "event"> | undefined {
  for (const name of ["token", "type", "event"]) {
    const [, category, event] = WHOLE_TOKEN.exec(textFrom(record[name]) ?? "") ?? [];
    if (category !== undefined && event !== undefined) return { category, event };
  }
  const { category, event } = record;
  const isSaid = typeof category === "string" && typeof event === "string";
  return isSaid && CATEGORY.test(category) && EVENT.test(event) ? { category, event } : undefined;
}

function eventOf(
  said: Pick<MonitorEvent, "category" | "event" | "data" | "fields">,
  { service, stream, offset, atMs, precisionMs }: EventOrigin,
): MonitorEvent {
  const { data, fields } = said;
  const ownMs = ownTime(fields);
  return {
    service,
    stream,
    offset,
    atMs: ownMs ?? atMs,
    precisionMs: ownMs === undefined ? precisionMs : 0,
    category: said.category.toUpperCase(),
    event: said.event.toUpperCase(),
    data,
    fields,
  };
}

const LATEST_MS = 8_640_000_000_000_000;
/** Below this a number counts seconds. */
const LEAST_MS = 100_000_000_000;

function ownTime(fields: EventFields): number | undefined {
  const text = fieldOf(fields, ["tsms", "ts", "timestamp", "time"]) ?? "";
  if (/^\d{9,16}(\.\d{1,9})?$/.test(text)) {
    const number = Number(text);
    const ms = number < LEAST_MS ? number * 1000 : number;
    return ms <= LATEST_MS ? ms : undefined;
  }
  if (!/^\d{4}-\d\d-\d\dT/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isFinite(ms) ? ms : undefined;
}

/** A part of a text is copied: it would keep the whole of a long line in memory. */
function clipped(text: string): string {
  return text.length <= MOST_DATA ? text : Buffer.from(text.slice(0, MOST_DATA)).toString();
}
