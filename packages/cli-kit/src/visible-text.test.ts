import fc from "fast-check";
import { expect, it } from "vitest";
import { visible, visibleLines } from "./visible-text.ts";

it("shows control characters instead of sending them", () => {
  expect(visible("a\u001b[2Jb\nc\td\u009be\u202ef")).toBe("a\\u001b[2Jb\\nc\\td\\u009be\\u202ef");
});

it("keeps line ends and tabs where text has several lines", () => {
  expect(visibleLines("a\n\tb\r\u0007")).toBe("a\n\tb\\u000d\\u0007");
});

it("leaves letters of every script alone", () => {
  expect(visible("Ünïcode 日本語 👩‍👩‍👧 «ok»")).toBe("Ünïcode 日本語 👩‍👩‍👧 «ok»");
});

it("never lets a control character through", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(visible(text)).not.toMatch(/\p{Cc}/u);
    }),
  );
});
