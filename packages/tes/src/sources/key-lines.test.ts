import fc from "fast-check";
import { parse } from "smol-toml";
import { expect, it } from "vitest";
import { jsonKeyLines } from "./json-key-lines.ts";
import { tomlKeyLines } from "./toml-key-lines.ts";

it("finds the line of every key of JSON", () => {
  const lines = jsonKeyLines('{"a": {\n "b": [1, {\n"c": "}\\"{"}],\n "d\\u0065": 1},\n"f": 2}');

  expect(
    [["a"], ["a", "b"], ["a", "b", "1", "c"], ["a", "de"], ["f"]].map((path) => lines.of(path)),
  ).toEqual([1, 2, 3, 4, 5]);
  expect(jsonKeyLines('{"": {"a": 1},\n"a": 2}').of(["a"])).toBe(2);
});

it("gives for what has no key of its own the line of what is around it", () => {
  expect(jsonKeyLines('{\n"a": {}}').of(["a", "missing"])).toBe(2);
  expect(jsonKeyLines("{}").of(["a"])).toBeUndefined();
});

it("finds every key of any JSON", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = JSON.stringify(value, undefined, 1);
      const lines = jsonKeyLines(text);
      for (const key of Object.keys(value).filter((each) => !each.includes("\0"))) {
        const line = text.split("\n")[(lines.of([key]) ?? 0) - 1] ?? "";
        expect(line.startsWith(` ${JSON.stringify(key)}: `)).toBe(true);
      }
    }),
  );
});

const TOML = `# a comment with [brackets] = "x"
top = 1
[a.b]  # header
x = """
[not.a.table]
"""
'q.r' . s = { t = [1,
  { u = 2 }],
  v = 3 }
[[list]]
w = '\\'
[list.deep]
"\\u0078y" = true
`;

it("finds the line of every key of TOML", () => {
  expect(parse(TOML)).toHaveProperty(["a", "b", "q.r", "s", "v"], 3);
  const lines = tomlKeyLines(TOML);

  expect(
    [
      ["top"],
      ["a", "b"],
      ["a", "b", "x"],
      ["a", "b", "q.r", "s", "t"],
      ["a", "b", "q.r", "s", "t", "u"],
      ["a", "b", "q.r", "s", "v"],
      ["list", "w"],
      ["list", "deep", "xy"],
    ].map((path) => lines.of(path)),
  ).toEqual([2, 3, 4, 7, 8, 9, 11, 13]);
});

it("ends on every text", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("[", "]", "{", "}", "=", ",", ".", "a", '"', "'", "\n", "#", " ")),
      (parts) => {
        tomlKeyLines(parts.join(""));
      },
    ),
  );
});
