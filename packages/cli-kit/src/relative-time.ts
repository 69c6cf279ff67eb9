const STEPS = [
  [45_000, 1000, "s"],
  [45 * 60_000, 60_000, "m"],
  [22 * 3_600_000, 3_600_000, "h"],
  [26 * 86_400_000, 86_400_000, "d"],
  [320 * 86_400_000, 30 * 86_400_000, "mo"],
] as const;
const YEAR_MS = 365 * 86_400_000;

/** How long ago an instant was, for people: `now`, `20s ago`, `5m ago`, `in 2h`. */
export function relativeTime(atMs: number, nowMs: number): string {
  const distance = Math.abs(nowMs - atMs);
  if (distance < 5000) return "now";
  const [, size, unit] = STEPS.find(([below]) => distance < below) ?? [0, YEAR_MS, "y"];
  const amount = `${Math.max(1, Math.round(distance / size))}${unit}`;
  return atMs > nowMs ? `in ${amount}` : `${amount} ago`;
}
