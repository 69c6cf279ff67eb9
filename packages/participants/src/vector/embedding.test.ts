import { expect, it } from "vitest";
import { dimensionOf, toEmbedding } from "./embedding.ts";

it("a vector becomes four bytes per number, the lowest first", () => {
  expect([...toEmbedding([1, -2], "v")]).toEqual([0, 0, 128, 63, 0, 0, 0, 192]);
  expect(dimensionOf(toEmbedding(new Float32Array(384), "v"))).toBe(384);
});

it.each([
  [[1, Number.NaN], "number 2 of the vector is NaN"],
  [[Number.POSITIVE_INFINITY], "number 1 of the vector is Infinity"],
  [[1e39], "number 1 of the vector is 1e+39"],
  [Array.from({ length: 3 }), "number 1 of the vector is undefined"],
  [[], "a vector without numbers"],
])("refuses %s", (vector, why) => {
  const given: readonly number[] = Object.assign([], vector);

  expect(() => toEmbedding(given, "notes/1")).toThrow(`notes/1: ${why}`);
});
