import { clip, displayWidth, type Piece, styled, visible } from "@tetra/cli-kit";
import type { TpmRow } from "./records.ts";

type Line = readonly Piece[];

const COLUMNS = [
  ["name", 18],
  ["status", 7],
  ["pid", 6],
  ["port", 7],
  ["uptime", 20],
] as const;

/** The list as the original draws it: a box with columns of fixed width. */
export function listBox(rows: readonly TpmRow[]): readonly Line[] {
  const rule = (left: string, between: string, right: string): Line => [
    left + COLUMNS.map(([, width]) => "─".repeat(width + 2)).join(between) + right,
  ];
  return [
    rule("┌", "┬", "┐"),
    boxed(COLUMNS.map(([name]) => styled(name, "bold"))),
    rule("├", "┼", "┤"),
    ...rows.map(({ name, status, pid, port, uptime }) =>
      boxed([name, styled(status, status === "online" ? "green" : "dim"), pid, port, uptime]),
    ),
    rule("└", "┴", "┘"),
    ...(rows.length === 0 ? [["No processes found"]] : []),
  ];
}

function boxed(cells: readonly Piece[]): Line {
  return ["│", ...cells.flatMap((cell, at): Line => filled(cell, COLUMNS[at]?.[1] ?? 0))];
}

function filled(cell: Piece, width: number): Line {
  const span = typeof cell === "string" ? styled(cell) : cell;
  const text = clip(visible(span.text), width, "...");
  return [" ", { ...span, text }, " ".repeat(width - displayWidth(text)), " │"];
}
