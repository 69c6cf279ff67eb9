import fc from "fast-check";
import { expect, it } from "vitest";
import type { Range } from "./selector.ts";
import { slice } from "./span.ts";

const POEM = "one\ntwo\nthree\nfour";

function cutOut(text: string, range: Range): readonly [string, string] {
  const { bytes, span } = slice(new TextEncoder().encode(text), range, "poem.txt");
  return [new TextDecoder().decode(bytes), span];
}

it.each([
  [{ unit: "full" }, POEM, "full"],
  [{ unit: "lines", start: 2, end: 3 }, "two\nthree\n", "lines=2:3"],
  [{ unit: "lines", start: 3 }, "three\nfour", "lines=3:4"],
  [{ unit: "lines", start: 4, end: 99 }, "four", "lines=4:4"],
  [{ unit: "bytes", start: 1, end: 3 }, "one", "bytes=1:3"],
  [{ unit: "bytes", start: 15 }, "four", "bytes=15:18"],
] as const)("of %j is exactly that, and its span says where it ended", (range, text, span) => {
  expect(cutOut(POEM, range)).toEqual([text, span]);
});

it.each([
  [{ unit: "lines", start: 5 }, "poem.txt: the range begins behind the end (4 lines)"],
  [{ unit: "bytes", start: 19, end: 20 }, "poem.txt: the range begins behind the end (18 bytes)"],
] as const)("that begins behind the end is refused: %j", (range, message) => {
  expect(() => cutOut(POEM, range)).toThrow(
    expect.objectContaining({ code: "INVALID_INPUT", message }),
  );
});

it("neighbouring ranges put together are the whole", () => {
  const unit = fc.constantFrom("lines", "bytes");
  const text = fc.string({ unit: fc.constantFrom("a", "\n", "é"), minLength: 2 });
  fc.assert(
    fc.property(text, unit, fc.nat(), (content, of, chance) => {
      const whole = new TextEncoder().encode(content);
      const parts = of === "lines" ? content.replace(/\n$/, "").split("\n").length : whole.length;
      const at = 1 + (chance % Math.max(1, parts - 1));
      fc.pre(parts > 1);
      const first = slice(whole, { unit: of, start: 1, end: at }, "x").bytes;
      const second = slice(whole, { unit: of, start: at + 1 }, "x").bytes;
      expect(Buffer.concat([first, second])).toEqual(Buffer.from(whole));
    }),
  );
});
