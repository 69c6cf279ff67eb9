import fc from "fast-check";
import { expect, it } from "vitest";
import { jsonErrorAt, positionAt } from "./json-syntax.ts";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

it.each([
  ['{"a": 1,}', 8],
  ['{"a" 1}', 5],
  ['{"a": x}', 6],
  ["[1 2]", 3],
  ['{"a": 1', 7],
  ["{} {}", 3],
  ["", 0],
])("finds where %j stops being JSON", (text, at) => {
  expect(jsonErrorAt(text)).toBe(at);
});

it("finds nothing in any JSON", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 2), (text, indent) => {
      expect(jsonErrorAt(JSON.stringify(JSON.parse(text), undefined, indent))).toBeUndefined();
    }),
  );
});

it("agrees with JSON.parse on damaged JSON", () => {
  const damaged = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", '"', "0", "\\", "\n", "e", " "))
    .map(([text, at, put]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + put + text.slice(place + 1);
    });
  fc.assert(
    fc.property(damaged, (text) => {
      expect(jsonErrorAt(text) === undefined).toBe(isJson(text));
    }),
    { numRuns: 2000 },
  );
});

it("counts lines and columns from 1", () => {
  expect(positionAt("{\n  x", 4)).toEqual({ line: 2, column: 3 });
  expect(positionAt("x", 0)).toEqual({ line: 1, column: 1 });
});
