import { ledgerTruth, scanIntoLedger } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { headedTable, orDash } from "../ports/port-table.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports detect`, `tsm doctor ports-actual`: what each service listens on, beside what it said */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const { store, services, platform } = portWorld(app);
  const rows = ledgerTruth(await scanIntoLedger(store, services, platform));
  if (out.mode === "json") {
    return out.json({
      ports: rows.map(({ id, name, declared, actual, pid }) => ({
        tsm_id: id,
        name,
        declared_port: declared ?? null,
        actual_port: actual ?? null,
        pid: pid ?? null,
      })),
    });
  }
  const cells = rows.map(({ id, name, declared, actual, pid }) => [
    String(id),
    name,
    orDash(declared),
    orDash(actual),
    orDash(pid),
  ]);
  out.printAll(headedTable(["ID", "Name", "Declared", "Actual", "PID"], cells, out.columns));
};
