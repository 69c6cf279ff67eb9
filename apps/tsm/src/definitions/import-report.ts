import { type Piece, styled, table, visible } from "@tetra/cli-kit";
import type { ImportedField } from "@tetra/tsm/definitions";

const COLOURS = { carried: "green", changed: "yellow", dropped: "red" } as const;

/** A line for each field; on a terminal, what is to be noted stands whole below it. */
export function reportLines(
  report: readonly ImportedField[],
  columns: number | undefined,
): readonly (readonly Piece[])[] {
  const rows = report.map(rowOf);
  if (columns === undefined) return table(rows);
  const lines = table(
    rows.map((row) => row.slice(0, -1)),
    { columns },
  );
  return lines.flatMap((line, at) => {
    const { note = "" } = report[at] ?? {};
    return note === "" ? [line] : [line, [styled(`    ${visible(note)}`, "dim")]];
  });
}

function rowOf({
  service,
  field,
  outcome,
  became = "",
  note = "",
}: ImportedField): readonly Piece[] {
  return [
    styled(outcome, COLOURS[outcome]),
    service,
    field,
    became === "" ? "" : `-> ${became}`,
    note,
  ];
}
