import { expect, it } from "vitest";
import { parseChanges } from "./update.ts";

it("reads an object", () => {
  expect(parseChanges('{"a": {"b": null}}')).toEqual({ a: { b: null } });
});

it.each(["", "{", "[]", "null", "1", '"text"', "deploy-api"])("refuses %j", (text) => {
  expect(() => parseChanges(text)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
});
