import fc from "fast-check";
import { expect, it } from "vitest";
import { compareBytes } from "./byte-order.ts";

it("is the order of the UTF-8 bytes", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "b", "é", "\u{D7FF}", "\u{E000}", "\u{FFFF}", "🚀"),
  });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});
