// The one place that touches Date, and only to turn numbers into text and back: no clock is read here.
/* oxlint-disable eslint/no-restricted-globals -- a pure formatter; the time itself comes from a Clock */

/** `YYYY-MM-DDTHH:MM:SSZ` (UTC, RFC 3339, no fraction) of milliseconds since the epoch. */
export function formatInstant(atMs: number): string {
  const second = Math.floor(atMs / 1000);
  if (second !== last.second) {
    last = { second, text: `${new Date(atMs).toISOString().slice(0, 19)}Z` };
  }
  return last.text;
}

/** Events come many to the second, and the text of a second never changes. */
let last = { second: Number.NaN, text: "" };

/** `YYYYMMDDTHHMMSS` in the zone that is `offsetMinutes` east of UTC. */
export function formatStamp(atMs: number, offsetMinutes: number): string {
  return new Date(atMs + offsetMinutes * 60_000).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
}

/** Milliseconds since the epoch of an RFC 3339 instant, or `undefined` when it is none. */
export function parseInstant(text: string): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** `YYYY-MM-DDTHH:MM:SS.mmmZ` (UTC, RFC 3339) of milliseconds since the epoch. */
export function formatPreciseInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}
