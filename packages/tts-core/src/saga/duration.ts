const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;
const UNIT_MS: Readonly<Record<string, number>> = { ...Object.fromEntries(UNITS), w: 604_800_000 };

/** A length of time as people write it: a number and its unit. */
export const DURATION: RegExp = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/;

/** Milliseconds of a length of time such as `30s`, `5m`, `1.5h`; `undefined` when it is none. */
export function durationMs(text: string): number | undefined {
  const [, count, unit = ""] = DURATION.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (UNIT_MS[unit] ?? 0);
}

/** A length of time in as many units as it takes to be exact: `1h 30m`, `2d`, `250ms`. */
export function durationText(ms: number): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, unitMs] of UNITS) {
    const count = unit === "ms" ? rest : Math.floor(rest / unitMs);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * unitMs;
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}
