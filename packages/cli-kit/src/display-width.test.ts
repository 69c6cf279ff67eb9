import fc from "fast-check";
import { expect, it } from "vitest";
import { clip, displayWidth } from "./display-width.ts";

it.each([
  ["abc", 3],
  ["日本", 4],
  ["é", 1],
  ["e\u0301", 1],
  ["\u0301", 0],
  ["👩‍👩‍👧", 2],
  ["🇫🇷", 2],
  ["❤\ufe0f", 2],
  ["→ ● …", 5],
  ["한글", 4],
  ["ﾊﾝ", 2],
  ["", 0],
])("measures %j as %i columns", (text, columns) => {
  expect(displayWidth(text)).toBe(columns);
});

it.each([
  ["deploy", 6, "deploy"],
  ["deploy", 5, "depl…"],
  ["日本語", 5, "日本…"],
  ["日本語", 4, "日…"],
  ["deploy", 0, ""],
])("clips %j to %i columns", (text, columns, expected) => {
  expect(clip(text, columns)).toBe(expected);
});

it("never gives more columns than asked for", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, columns) => {
      expect(displayWidth(clip(text, columns))).toBeLessThanOrEqual(columns);
    }),
  );
});
