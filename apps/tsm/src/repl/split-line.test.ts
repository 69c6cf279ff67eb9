import { shellWord } from "@tetra/cli-kit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { splitLine } from "./split-line.ts";

it.each([
  ["list  all", ["list", "all"]],
  ["start 'npm run dev'", ["start", "npm run dev"]],
  [String.raw`start "a \"b\" \n" c\ d ''`, ["start", String.raw`a "b" \n`, "c d", ""]],
  ["  ", []],
])("splits %j", (line, words) => {
  expect(splitLine(line).words).toEqual(words);
});

it("tells the last word as it stands there and as it is meant, and what is not closed", () => {
  expect(splitLine("info 'my se")).toMatchObject({ raw: "'my se", current: "my se", open: "'" });
  expect(splitLine("info ")).toMatchObject({ raw: "", current: "", open: undefined });
  expect(splitLine("info ab")).toMatchObject({ raw: "ab", current: "ab" });
});

it("gets back what was quoted for a shell", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), (words) => {
      expect(splitLine(words.map(shellWord).join(" ")).words).toEqual(words);
    }),
  );
});

it("takes any half-written line", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", " ", "'", '"', "\\", "\t") }), (line) => {
      const { raw, words, current } = splitLine(line);

      expect(line.endsWith(raw)).toBe(true);
      expect(raw === "" ? "" : words.at(-1)).toBe(current);
    }),
  );
});
