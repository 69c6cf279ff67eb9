import { readLedger } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { headedTable, orDash } from "../ports/port-table.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm doctor ports-declared`: the registry as it is written */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const rows = readLedger(portWorld(app).store);
  if (out.mode === "json") {
    return out.json({
      ports: rows.map(({ id, name, declared, timestamp }) => ({
        tsm_id: id,
        name,
        declared_port: declared ?? null,
        timestamp,
      })),
    });
  }
  const cells = rows.map(({ id, name, declared }) => [String(id), name, orDash(declared)]);
  out.printAll(headedTable(["ID", "Name", "Declared"], cells, out.columns));
};
