import { clip, displayWidth } from "./display-width.ts";
import { type Piece, styled, textOf } from "./span.ts";
import { visible } from "./visible-text.ts";

const GAP = "  ";

/** How a table is laid out. */
export interface TableLayout {
  /** Columns of the terminal. Absent: as wide as it gets. */
  readonly columns?: number | undefined;
  /** What every line begins with. */
  readonly indent?: string;
  /** Which cell of a row gives way when a row is too wide. Default: the last. */
  readonly shrink?: number;
  /** What stands in place of what is cut off. Default: `…`. */
  readonly mark?: string;
}

/** Rows as lines whose cells stand below each other, by the width they have on a terminal. */
export function table(
  rows: readonly (readonly Piece[])[],
  { columns, indent, shrink, mark }: TableLayout = {},
): readonly (readonly Piece[])[] {
  const count = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const widths = Array.from({ length: count }, (_, at) => columnWidth(rows, at));
  const elastic = shrink ?? count - 1;
  if (columns !== undefined && count > 0) {
    const others = widths.reduce((sum, width, at) => (at === elastic ? sum : sum + width), 0);
    const gaps = GAP.length * (count - 1) + (indent ?? "").length;
    const left = Math.max(8, columns - others - gaps);
    widths[elastic] = Math.min(widths[elastic] ?? 0, left);
  }
  return rows.map((row) => {
    const last = row.findLastIndex((cell) => textOf(cell) !== "");
    const cells = row
      .slice(0, last + 1)
      .flatMap((cell, at) => layOut(cell, { width: widths[at] ?? 0, isLast: at === last, mark }));
    return indent === undefined ? cells : [indent, ...cells];
  });
}

function columnWidth(rows: readonly (readonly Piece[])[], at: number): number {
  return rows.reduce(
    (most, row) => Math.max(most, displayWidth(visible(textOf(row[at] ?? "")))),
    0,
  );
}

interface Cell {
  readonly width: number;
  readonly isLast: boolean;
  readonly mark: string | undefined;
}

function layOut(cell: Piece, { width, isLast, mark }: Cell): readonly Piece[] {
  const text = clip(visible(textOf(cell)), width, mark);
  const piece = typeof cell === "string" ? text : styled(text, ...cell.styles);
  if (isLast) return [piece]; // no spaces at line ends
  return [piece, " ".repeat(width - displayWidth(text)) + GAP];
}
