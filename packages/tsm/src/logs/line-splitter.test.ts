import fc from "fast-check";
import { expect, it } from "vitest";
import { lineSplitter, LONGEST_LINE_BYTES, type RawLine } from "./line-splitter.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What was split, put together again. */
function together(lines: readonly RawLine[]): string {
  return lines.map(({ bytes, isOpen }) => decoder.decode(bytes) + (isOpen ? "" : "\n")).join("");
}

/** Splits text that comes in pieces of these lengths. */
function split(text: string, lengths: readonly number[]): readonly RawLine[] {
  const bytes = encoder.encode(text);
  const splitter = lineSplitter(0);
  const lines: RawLine[] = [];
  let at = 0;
  for (const length of [...lengths, bytes.length]) {
    lines.push(...splitter.push({ offset: at, bytes: bytes.subarray(at, at + length) }));
    at = Math.min(bytes.length, at + length);
  }
  return [...lines, ...splitter.flush()];
}

it("gives every byte once, with its place, however it comes in pieces", () => {
  const text = fc
    .array(fc.constantFrom("a", "bc", "\n", "é"), { maxLength: 60 })
    .map((all) => all.join(""));
  fc.assert(
    fc.property(text, fc.array(fc.nat(9)), (written, lengths) => {
      const lines = split(written, lengths);
      expect(together(lines)).toBe(written);
      let at = 0;
      for (const { offset, bytes, isOpen } of lines) {
        expect(offset).toBe(at);
        at += bytes.length + (isOpen ? 0 : 1);
      }
      expect(lines.filter(({ continues }) => continues)).toEqual([]);
    }),
  );
});

it("gives a very long line in parts, and nothing is lost", () => {
  const long = "x".repeat(2 * LONGEST_LINE_BYTES + 5);

  const lines = split(`first\n${long}\nlast\n`, [7, LONGEST_LINE_BYTES - 3]);

  expect(together(lines)).toBe(`first\n${long}\nlast\n`);
  expect(lines.map(({ continues, isOpen }) => [continues, isOpen])).toEqual([
    [false, false],
    [false, true],
    [true, true],
    [true, false],
    [false, false],
  ]);
  expect(Math.max(...lines.map(({ bytes }) => bytes.length))).toBe(LONGEST_LINE_BYTES);
});

it("says where something is missing", () => {
  const splitter = lineSplitter(0);
  splitter.push({ offset: 0, bytes: encoder.encode("be") });

  const lines = splitter.push({ offset: 10, bytes: encoder.encode("hind\nnext\n") });

  expect(lines).toMatchObject([
    { offset: 0, isOpen: true },
    { offset: 10, continues: true, isOpen: false },
    { offset: 15, continues: false },
  ]);
});

it("goes on amid a line after giving it away without its end", () => {
  const splitter = lineSplitter(0);
  splitter.push({ offset: 0, bytes: encoder.encode("name: ") });

  expect(splitter.flush()).toMatchObject([{ offset: 0, isOpen: true }]);
  expect(splitter.flush()).toEqual([]);
  expect(splitter.push({ offset: 6, bytes: encoder.encode("x\n") })).toMatchObject([
    { offset: 6, continues: true, isOpen: false },
  ]);
});
