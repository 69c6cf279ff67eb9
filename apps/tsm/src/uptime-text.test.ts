import { expect, it } from "vitest";
import { uptimeText } from "./uptime-text.ts";

it.each([
  [-5, "0s"],
  [0, "0s"],
  [59_999, "59s"],
  [60_000, "1m"],
  [65_000, "1m"],
  [3_599_999, "59m"],
  [3_600_000, "1h"],
  [86_399_999, "23h"],
  [86_400_000, "1d"],
  [100 * 86_400_000, "100d"],
])("shows %i ms as %s", (ms, text) => {
  expect(uptimeText(ms)).toBe(text);
});
