import { expect, it } from "vitest";
import { relativeTime } from "./relative-time.ts";

const NOW = 1_800_000_000_000;

it.each([
  [0, "now"],
  [4999, "now"],
  [20_000, "20s ago"],
  [50_000, "1m ago"],
  [5 * 60_000, "5m ago"],
  [50 * 60_000, "1h ago"],
  [23 * 3_600_000, "1d ago"],
  [40 * 86_400_000, "1mo ago"],
  [400 * 86_400_000, "1y ago"],
  [-7_200_000, "in 2h"],
])("says of an instant %i ms ago: %s", (ago, text) => {
  expect(relativeTime(NOW - ago, NOW)).toBe(text);
});
