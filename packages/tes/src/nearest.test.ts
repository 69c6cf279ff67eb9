import { expect, it } from "vitest";
import { didYouMean, nearest } from "./nearest.ts";

it.each([
  ["@stagin", "@staging"],
  ["@stagign", "@staging"],
  ["@pord", "@prod"],
  ["@nothing", undefined],
])("finds for %s: %s", (text, word) => {
  expect(nearest(text, ["@staging", "@prod", "@dev"])).toBe(word);
});

it("asks whether that was meant", () => {
  expect(didYouMean("raed", ["read", "write"])).toBe("did you mean read?");
});
