import fc from "fast-check";
import { expect, it } from "vitest";
import { DEFAULT_PATTERNS, eventMatcher, isOf } from "./patterns.ts";

const CLICK = { category: "USER", event: "CLICK" };

it("has eight patterns", () => {
  expect(DEFAULT_PATTERNS.map(({ name }) => name)).toHaveLength(8);
});

it.each([
  ["click", true],
  ["TETRA:USER:CLICK", true],
  ["user:cl*k", true],
  ["TETRA:*:*", true],
  ["USER", true],
  ["US*", true],
  ["PAGE", false],
  ["user:cli", false],
  ["user:*clickx", false],
  ["user:clic*ck", false],
])("the word %s means a click of a user: %s", (word, expected) => {
  expect(eventMatcher(word)(CLICK)).toBe(expected);
});

it("knows an event by its category or by what it is called", () => {
  expect(isOf("CLICK", CLICK)).toBe(true);
  expect(isOf("ERROR", { category: "PAY", event: "CARD_FAILED" })).toBe(true);
  expect(isOf("ERROR", { category: "PAY", event: "CARD" })).toBe(false);
});

it("matches stars as a regular expression would", () => {
  const letters = fc.string({ unit: fc.constantFrom("A", "B"), maxLength: 8 });
  const word = fc.string({ unit: fc.constantFrom("A", "B", "*"), maxLength: 6 });
  fc.assert(
    fc.property(word, letters, (wanted, event) => {
      const expected = new RegExp(`^${wanted.replaceAll("*", ".*")}$`).test(event);

      expect(eventMatcher(`X:${wanted}`)({ category: "X", event })).toBe(expected);
    }),
  );
});
