import fc from "fast-check";
import { expect, it } from "vitest";
import { nearest, suggestion } from "./nearest.ts";

const WORDS = ["command", "cwd", "max_memory", "restart", "ready"];

it.each([
  ["comand", "command"],
  ["commnad", "command"],
  ["Restart", "restart"],
  ["max-memory", "max_memory"],
  ["cdw", "cwd"],
  ["max_mem", "max_memory"],
  ["commands_to_run", "command"],
])("takes %s for %s", (typed, meant) => {
  expect(nearest(typed, WORDS)).toBe(meant);
});

it("takes a beginning for nothing when several have it", () => {
  expect(nearest("environment", ["env", "env_file", "environ"])).toBe(undefined);
});

it("names all words when none is near", () => {
  expect(suggestion("zebra", ["api", "web"])).toBe("there is api, web");
  expect(suggestion("zebra", [])).toBe("there is none");
});

it("finds a word however one letter of it was mistyped", () => {
  const typed = fc.tuple(fc.constantFrom(...WORDS), fc.nat(), fc.constantFrom("x", "q", "7"));
  fc.assert(
    fc.property(typed, ([word, place, letter]) => {
      const at = place % word.length;
      expect(WORDS).toContain(nearest(`${word.slice(0, at)}${letter}${word.slice(at)}`, [word]));
    }),
  );
});
