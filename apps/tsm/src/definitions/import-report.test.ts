import { type Piece } from "@tetra/cli-kit";
import { expect, it } from "vitest";
import { reportLines } from "./import-report.ts";

const NOTE =
  "there is no such thing here, so it was left out, and what it did is done by something else";
const REPORT = [
  { service: "api", field: "exec_mode", outcome: "dropped", note: NOTE },
  { service: "api", field: "script", outcome: "carried", became: "command" },
] as const;

function text(lines: readonly (readonly Piece[])[]): readonly string[] {
  return lines.map((line) =>
    line.map((piece) => (typeof piece === "string" ? piece : piece.text)).join(""),
  );
}

it("tells notes whole on a terminal, below their field", () => {
  expect(text(reportLines(REPORT, 40))).toEqual([
    "dropped  api  exec_mode",
    `    ${NOTE}`,
    "carried  api  script     -> command",
  ]);
});

it("tells all of a field in one line for other programs", () => {
  expect(text(reportLines(REPORT, undefined))[0]).toContain(NOTE);
});
