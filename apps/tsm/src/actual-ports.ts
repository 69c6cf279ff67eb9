import { portStore, readLedger } from "@tetra/tsm/ports";

/** Tells which port a run was seen to listen on; `undefined`: none was seen. */
export type ActualPorts = (run: {
  readonly name: string;
  readonly pid: number | undefined;
}) => number | undefined;

/** What the ledger says now: filled in by starts and scans, and of no use for another run than was seen. */
export function actualPorts(folder: string): ActualPorts {
  const rows = new Map(readLedger(portStore(folder)).map((row) => [row.name, row]));
  return ({ name, pid }) => {
    const row = rows.get(name);
    return pid !== undefined && row?.pid === pid ? row.actual : undefined;
  };
}
