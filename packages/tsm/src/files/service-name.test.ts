import { expect, it } from "vitest";
import { checkServiceName, isServiceName } from "./service-name.ts";

it.each(["web", "api-3000", "a b", "ü", "a.b", "it's", "3000a"])("%j may be a name", (name) => {
  expect(checkServiceName(name)).toBe(name);
});

it.each([
  "",
  ".",
  "..",
  ".hidden",
  "-f",
  "a/b",
  "a\nb",
  "a\u001Bb",
  "a\u202Eb",
  "\uD800",
  " a",
  "a ",
  "*",
  "42",
  "x.meta",
  "x".repeat(201),
  "ü".repeat(101),
])("%j may not", (name) => {
  expect(isServiceName(name)).toBe(false);
  expect(() => checkServiceName(name)).toThrow(
    expect.objectContaining({ code: "INVALID_SERVICE" }),
  );
});
