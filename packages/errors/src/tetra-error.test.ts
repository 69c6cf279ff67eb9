import { expect, it } from "vitest";
import { isTetraError, TetraError } from "./tetra-error.ts";

it("carries code, message, hint, details and cause", () => {
  const cause = new Error("disk");
  const error = new TetraError("IO", "t-1: cannot append", {
    hint: "free some space",
    details: { id: "t-1" },
    cause,
  });

  expect(error).toMatchObject({
    name: "TetraError",
    code: "IO",
    message: "t-1: cannot append",
    hint: "free some space",
    details: { id: "t-1" },
    cause,
  });
});

it("is recognised by its code", () => {
  const error: unknown = new TetraError("CONFLICT", "t-1: somebody was first");

  expect(isTetraError(error)).toBe(true);
  expect(isTetraError(error, "CONFLICT")).toBe(true);
  expect(isTetraError(error, "NOT_FOUND")).toBe(false);
});

it("is recognised when another installed copy of the class made it", () => {
  class OtherCopy extends Error {
    override readonly name = "TetraError";
    readonly code = "CONFLICT";
  }

  expect(isTetraError(new OtherCopy(), "CONFLICT")).toBe(true);
});

it.each([new Error("a bug"), "text", null, undefined, { code: "CONFLICT" }])(
  "does not take %s for one",
  (value) => {
    expect(isTetraError(value)).toBe(false);
  },
);
