import fc from "fast-check";
import { expect, it } from "vitest";
import {
  checkValue,
  decodeValues,
  encodeValues,
  fromDriver,
  type SqliteValue,
  toBound,
} from "./sqlite-value.ts";

const value: fc.Arbitrary<SqliteValue> = fc.oneof(
  fc.constant(null),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.string({ unit: "grapheme" }),
  fc.uint8Array(),
);

it("every value comes back from the staged text as it was", () => {
  fc.assert(
    fc.property(fc.array(value), (values) => {
      const back = decodeValues(encodeValues(values));

      expect(back.map(comparable)).toEqual(values.map(comparable));
    }),
  );
});

/** A staged -0 is 0: SQLite does not tell them apart. */
function comparable(one: SqliteValue): unknown {
  if (one instanceof Uint8Array) return [...one];
  return one === 0 ? 0 : one;
}

it("bytes that are a part of a larger buffer are staged alone", () => {
  const part = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);

  expect(decodeValues(encodeValues([part]))).toEqual([Buffer.from([2, 3])]);
});

it.each([
  [Number.NaN, "NaN"],
  [2n ** 63n, "64 bits"],
  [-(2n ** 63n) - 1n, "64 bits"],
  ["a\0b", "zero byte"],
  ["\ud800", "surrogate"],
  [true, "boolean"],
  [undefined, "undefined"],
  [new Date(0), "object"],
  [[1], "object"],
])("refuses %s, which would not be stored as it is", (wrong, why) => {
  expect(() => checkValue(wrong, "value 1")).toThrow(why);
});

it("whole numbers are bound as integers, and read as numbers while these can hold them", () => {
  expect(toBound(2 ** 53 - 1)).toBe(9_007_199_254_740_991n);
  expect(toBound(1.5)).toBe(1.5);
  expect(fromDriver(42n)).toBe(42);
  expect(fromDriver(9_007_199_254_740_993n)).toBe(9_007_199_254_740_993n);
});
