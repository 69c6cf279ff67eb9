import { isTetraError } from "@tetra/errors";
import fc from "fast-check";
import { expect, it } from "vitest";
import { formatSelector, parseSelector, type Selector } from "./selector.ts";

it.each([
  ["src/auth.ts", { file: "src/auth.ts", range: { unit: "full" }, tags: [] }],
  ["a.ts::10", { file: "a.ts", range: { unit: "lines", start: 10 }, tags: [] }],
  ["a.ts::10,40", { file: "a.ts", range: { unit: "lines", start: 10, end: 40 }, tags: [] }],
  ["a.log::1c,500c", { file: "a.log", range: { unit: "bytes", start: 1, end: 500 }, tags: [] }],
  ["a.log::5c", { file: "a.log", range: { unit: "bytes", start: 5 }, tags: [] }],
  ["a.ts#auth", { file: "a.ts", range: { unit: "full" }, tags: ["auth"] }],
  [
    "a.ts::1,2#auth,core,auth",
    { file: "a.ts", range: { unit: "lines", start: 1, end: 2 }, tags: ["auth", "core"] },
  ],
  ["C# notes.md", { file: "C# notes.md", range: { unit: "full" }, tags: [] }],
  ["a::b.ts::3,4", { file: "a::b.ts", range: { unit: "lines", start: 3, end: 4 }, tags: [] }],
])("%j selects what it says", (text, selector) => {
  expect(parseSelector(text)).toEqual(selector);
});

it.each(["", "::1,2", "#tag", "a.ts::", "a.ts::x", "a.ts::0", "a.ts::9,3", "a.ts::1,2,3", "a\0b"])(
  "%j is refused, saying how to select",
  (text) => {
    expect(() => parseSelector(text)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", hint: expect.stringContaining("::10,40") }),
    );
  },
);

it("what is written is read again as the same, whatever is selected", () => {
  const number = fc.integer({ min: 1, max: 1e6 });
  const range = fc.oneof(
    fc.constant({ unit: "full" } as const),
    fc
      .record({ unit: fc.constantFrom("lines", "bytes"), start: number, length: fc.option(number) })
      .map(({ unit, start, length }) =>
        length === null ? { unit, start } : { unit, start, end: start + length },
      ),
  );
  const tag = fc.stringMatching(/^[a-z0-9_][a-z0-9_-]{0,5}$/);
  const file = fc.stringMatching(/^[A-Za-z0-9 ./_,-]{1,20}\.[a-z]{1,3}$/);
  fc.assert(
    fc.property(file, range, fc.uniqueArray(tag, { maxLength: 3 }), (name, part, tags) => {
      const selector: Selector = { file: name, range: part, tags };
      expect(parseSelector(formatSelector(selector))).toEqual(selector);
    }),
  );
});

it("any text is a selector or is refused, never anything else", () => {
  const read = (text: string): string => {
    try {
      return parseSelector(text).file;
    } catch (error) {
      return isTetraError(error, "INVALID_INPUT") ? "refused" : "thrown";
    }
  };
  fc.assert(
    fc.property(fc.string(), (text) => {
      const file = read(text);
      expect(file).not.toBe("");
      expect(file === "refused" || text.startsWith(file)).toBe(true);
    }),
  );
});
