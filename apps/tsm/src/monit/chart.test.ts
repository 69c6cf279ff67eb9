import fc from "fast-check";
import { expect, it } from "vitest";
import { chart } from "./chart.ts";

it("draws the newest value last, and lower lines first", () => {
  expect(chart([0, 50, 100], { width: 4, height: 2, full: 100 })).toEqual(["   █", "  ██"]);
});

it("shows every value that is not nothing", () => {
  expect(chart([0.0001], { width: 1, height: 1, full: 1000 })).toEqual(["▁"]);
});

it("has exactly the size it was given, whatever the values", () => {
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(fc.array(fc.double()), size, size, fc.double(), (values, width, height, full) => {
      const lines = chart(values, { width, height, full });

      expect(lines).toHaveLength(height);
      expect(new Set(lines.map((line) => line.length))).toEqual(new Set([width]));
    }),
  );
});
