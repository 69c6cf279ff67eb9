import { expect, it } from "vitest";
import { nearest, suggestion } from "./nearest.ts";

const KEYS = ["run", "undo", "timeout", "retry"];

it.each([
  ["rum", "run"],
  ["undoo", "undo"],
  ["timoeut", "timeout"],
  ["retri", "retry"],
  ["run", "run"],
])("finds what %s was meant to be", (text, word) => {
  expect(nearest(text, KEYS)).toBe(word);
});

it("finds nothing that is like what is not", () => {
  expect(nearest("command", KEYS)).toBeUndefined();
});

it("suggests the nearest, or names all there is", () => {
  expect(suggestion("timout", KEYS)).toBe("did you mean timeout?");
  expect(suggestion("command", KEYS)).toBe("there is run, undo, timeout, retry");
  expect(suggestion("command", [])).toBe("there is none");
});
