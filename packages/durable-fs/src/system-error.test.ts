import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { isSystemError, systemError } from "./system-error.ts";

it("reads like one of Node's", () => {
  const ours = systemError("ENOENT", "open", "/missing");

  expect(ours).toMatchObject({ code: "ENOENT", syscall: "open", path: "/missing" });
  expect(() => readFileSync("/missing")).toThrow(ours.message);
});

it("is recognised by its code", () => {
  expect(isSystemError(systemError("EIO", "flush"))).toBe(true);
  expect(isSystemError(systemError("EIO", "flush"), "EIO")).toBe(true);
  expect(isSystemError(systemError("EIO", "flush"), "ENOSPC")).toBe(false);
});

it.each([
  new Error("a bug"),
  Object.assign(new Error("ours"), { code: "NOT_A_FILE" }),
  Object.assign(new Error("Node's"), { code: "ERR_INVALID_ARG_TYPE" }),
  { code: "EIO" },
  undefined,
])("does not take %s for one", (value) => {
  expect(isSystemError(value)).toBe(false);
});
