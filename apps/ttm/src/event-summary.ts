import type { EventRecord } from "@tetra/tts-core";

/** Shown elsewhere, or of no interest to people. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "event",
  "ts",
  "ts_ms",
  "seq",
  "more",
  "from",
  "to",
]);

/** What an event tells besides its name, time and place, in one short text. */
export function eventSummary(event: EventRecord): string {
  const { from, to } = event;
  const move = from === undefined && to === undefined ? [] : [`${text(from)} → ${text(to)}`];
  const fields = Object.entries(event)
    .filter(([key]) => !LEFT_OUT.has(key))
    .map(([key, value]) => `${key}=${text(value)}`);
  return [...move, ...fields].join(" ");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
