import { BUILT_IN_RANGES, IGNORED_PORTS, STANDARD_PORTS } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { headedTable } from "../ports/port-table.ts";

/** `tsm ranges` */
export const run: TsmRun = async (_args, { out }) => {
  if (out.mode === "json") {
    return out.json({
      ranges: BUILT_IN_RANGES,
      ignored: IGNORED_PORTS,
      standard: STANDARD_PORTS,
    });
  }
  const rows = BUILT_IN_RANGES.map(({ name, from, to }) => [name, `${from}-${to}`]);
  out.printAll(headedTable(["Range", "Ports"], rows, out.columns));
  out.print(`ignored: ${IGNORED_PORTS.join(" ")}`);
  const standard = Object.entries(STANDARD_PORTS).map(([name, port]) => `${name} ${port}`);
  out.print(`standard: ${standard.join(", ")}`);
};
