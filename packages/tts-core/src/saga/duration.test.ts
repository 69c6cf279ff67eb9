import fc from "fast-check";
import { expect, it } from "vitest";
import { durationMs, durationText } from "./duration.ts";

it.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["1.5h", 5_400_000],
  ["10m", 600_000],
  ["2d", 172_800_000],
  ["1w", 604_800_000],
])("reads %s", (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

it.each(["", "30", "s", "-1s", "1h30m", "1 s", "1e3s", ".5s"])(
  "takes %j for no duration",
  (text) => {
    expect(durationMs(text)).toBeUndefined();
  },
);

it("writes exactly as long as it is", () => {
  fc.assert(
    fc.property(fc.nat(1e12), (ms) => {
      const parts = durationText(ms)
        .split(" ")
        .map((part) => durationMs(part) ?? Number.NaN);

      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(ms);
    }),
  );
});
