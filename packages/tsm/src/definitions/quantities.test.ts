import fc from "fast-check";
import { expect, it } from "vitest";
import { durationMs, durationText, sizeBytes, sizeText } from "./quantities.ts";

it.each([
  ["250ms", 250],
  ["1.5s", 1500],
  ["2h", 7_200_000],
  ["0", 0],
])("reads the time %s", (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

it.each([
  ["300M", 314_572_800],
  ["1.5G", 1_610_612_736],
  ["64KiB", 65_536],
  ["1000", 1000],
])("reads the size %s", (text, bytes) => {
  expect(sizeBytes(text)).toBe(bytes);
});

it("reads what it writes", () => {
  fc.assert(
    fc.property(fc.nat(), (number) => {
      expect(durationMs(durationText(number))).toBe(number);
      expect(sizeBytes(sizeText(number))).toBe(number);
    }),
  );
});
