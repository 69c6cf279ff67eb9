const UNITS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
] as const;

/** How long something has run, in the largest whole unit: `65 s` is `1m`. */
export function uptimeText(ms: number): string {
  const [size, unit] = UNITS.find(([least]) => ms >= least) ?? [1000, "s"];
  return `${Math.max(0, Math.floor(ms / size))}${unit}`;
}
