import { type Piece, type Span, styled, type Style, table } from "@tetra/cli-kit";
import { type PortState, portStateText, type ScannedPort } from "@tetra/tsm/ports";

/** A line of a scan as `--json` prints it. */
export interface PortRecord {
  readonly port: number;
  readonly pid: number | null;
  readonly state: PortState;
  /** The service that wants or has it. */
  readonly tsm_id: number | null;
  readonly name: string | null;
}

/** A line of a scan, for programs. */
export function portRecord({ port, pid, state, service }: ScannedPort): PortRecord {
  return {
    port,
    pid: pid ?? null,
    state,
    tsm_id: service?.id ?? null,
    name: service?.name ?? null,
  };
}

const STYLES: Readonly<Record<PortState, readonly Style[]>> = {
  online: ["green"],
  conflict: ["red", "bold"],
  leaked: ["yellow"],
  error: ["red"],
  unmanaged: ["dim"],
};

/** How a port stands, in the original's words. */
export function portStateSpan(scanned: ScannedPort): Span {
  return styled(portStateText(scanned), ...STYLES[scanned.state]);
}

/** A table with headings. */
export function headedTable(
  headings: readonly string[],
  rows: readonly (readonly Piece[])[],
  columns: number | undefined,
): readonly (readonly Piece[])[] {
  return table([headings.map((text) => styled(text, "bold")), ...rows], { columns });
}

/** What is shown where there is nothing. */
export function orDash(value: number | string | undefined): string {
  return value === undefined ? "-" : String(value);
}
