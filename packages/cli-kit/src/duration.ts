const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** A length of time for people, at most two units: `850ms`, `2.4s`, `3m 20s`, `5d 2h`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)}s`;
  // round to the smaller of the two units that will be shown, so that 59.9 s is not "0m 60s"
  const at = UNITS.findIndex(([, unitMs]) => Math.round(ms / 1000) * 1000 >= unitMs);
  const [name, size] = UNITS[at] ?? UNITS[3];
  const [restName, restSize] = UNITS[at + 1] ?? UNITS[3];
  const rounded = Math.round(ms / restSize) * restSize;
  const whole = Math.floor(rounded / size);
  const rest = Math.round((rounded % size) / restSize);
  return rest === 0 || restName === name ? `${whole}${name}` : `${whole}${name} ${rest}${restName}`;
}

/**
 * Reads a length of time such as `30d`, `12h`, `90s`, `500ms`, `2w`, `1y` (365 days); a bare number is
 * days. @returns milliseconds, or `undefined` when it is none.
 */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = "d"] = /^(\d+(?:\.\d+)?)(ms|[smhdwy])?$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (UNIT_MS[unit] ?? 0);
}
