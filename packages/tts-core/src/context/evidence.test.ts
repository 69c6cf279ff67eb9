import { expect, it } from "vitest";
import type { ContextEntry } from "../ports.ts";
import { evidenceList } from "./evidence.ts";

function file(name: string): ContextEntry {
  return { name, kind: "file", bytes: 1 };
}

it("is what is numbered 100 and up, by number, then name; three-digit numbers have variables", () => {
  const names = ["1000_z", "110_b", "110_a", "_x", "010_request.md", "155custom", "0900_y"];

  const { entries, variables } = evidenceList(names.map(file), []);

  expect(entries.map(({ name, number }) => [number, name])).toEqual([
    [110, "110_a"],
    [110, "110_b"],
    [155, "155custom"],
    [900, "0900_y"],
    [1000, "1000_z"],
  ]);
  expect(variables.map(({ name }) => name)).toEqual(["110_a", "110_b"]);
});

it("has what was recorded last about each name, and nothing about other tools' evidence", () => {
  const { entries } = evidenceList(
    [file("100_a"), file("110_b")],
    [
      { file: "100_a", source: "old", digest: "d1" },
      { file: "100_a", source: "new", digest: "d2" },
      { file: "120_gone", digest: "d3" },
    ],
  );
  expect(entries).toEqual([
    { ...file("100_a"), number: 100, source: "new", digest: "d2" },
    { ...file("110_b"), number: 110 },
  ]);
});
