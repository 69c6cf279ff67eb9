import { expect, it } from "vitest";
import { render, styled } from "./span.ts";
import { table, type TableLayout } from "./table.ts";

function lines(rows: readonly (readonly string[])[], layout?: TableLayout): readonly string[] {
  return table(rows, layout).map((line) => render(line, { colour: false }));
}

it("aligns columns by what a terminal shows", () => {
  expect(
    lines([
      ["日本", "x"],
      ["abc", "y"],
      ["", "z"],
    ]),
  ).toEqual(["日本  x", "abc   y", "      z"]);
});

it("lets one column give way on a narrow terminal", () => {
  expect(
    lines([["id-1", "a description that is long", "DONE"]], { columns: 24, shrink: 1 }),
  ).toEqual(["id-1  a descripti…  DONE"]);
});

it("measures control characters as they are shown", () => {
  expect(
    lines([
      ["a\nb", "x"],
      ["abcd", "y"],
    ]),
  ).toEqual(["a\\nb  x", "abcd  y"]);
});

it("keeps styles on the text and off the spaces", () => {
  const [line = []] = table([[styled("a", "red"), "b"]]);

  expect(render(line, { colour: true })).toBe("\u001b[31ma\u001b[39m  b");
});

it("makes nothing of no rows", () => {
  expect(table([])).toEqual([]);
});

it("cuts with the mark that is asked for", () => {
  const layout = { columns: 13, shrink: 0, mark: "..." };

  expect(lines([["a very long name", "x"]], layout)).toEqual(["a very ...  x"]);
});

it("leaves no blanks at the ends of lines whose last cells are empty", () => {
  const rows = [
    ["a", "longer", "note"],
    ["b", "short", ""],
  ];

  expect(lines(rows)).toEqual(["a  longer  note", "b  short"]);
});
