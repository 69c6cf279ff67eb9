import { expect, it } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

it.each([
  [0, "0ms"],
  [850, "850ms"],
  [2400, "2.4s"],
  [9949, "9.9s"],
  [9950, "10s"],
  [59_400, "59s"],
  [59_900, "1m"],
  [200_000, "3m 20s"],
  [3_599_900, "1h"],
  [5 * 86_400_000 + 7_200_000, "5d 2h"],
])("formats %i ms as %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it.each([
  ["30d", 2_592_000_000],
  ["12h", 43_200_000],
  ["1.5h", 5_400_000],
  ["90s", 90_000],
  ["500ms", 500],
  ["7", 604_800_000],
  ["0d", 0],
])("reads %s as %i ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each(["", "d", "-1d", "1x", "1 d", "soon"])("does not read %j", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
