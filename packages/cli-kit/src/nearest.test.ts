import { expect, it } from "vitest";
import { nearest } from "./nearest.ts";

const COMMANDS = ["create", "commit", "transition", "list", "list-ctx"];

it.each([
  ["comit", "commit"],
  ["transitoin", "transition"],
  ["lst", "list"],
  ["list_ctx", "list-ctx"],
  ["frobnicate", undefined],
  ["", undefined],
])("takes %j for %s", (text, word) => {
  expect(nearest(text, COMMANDS)).toBe(word);
});
