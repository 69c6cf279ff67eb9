import { expect, it } from "vitest";
import { sizeText } from "./size-text.ts";

it.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KB"],
  [10 * 1024, "10 KB"],
  [1024 * 1024 - 1, "1.0 MB"],
  [46.4 * 1024 * 1024, "46 MB"],
  [3 * 1024 ** 4, "3.0 TB"],
])("shows %i bytes as %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});
