import { scanIntoLedger, scanPorts } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { headedTable, orDash, portRecord, portStateSpan } from "../ports/port-table.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports scan`, `tsm scan-ports`: also fills what was seen into the ledger */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const { store, services, platform } = portWorld(app);
  const ports = scanPorts(await scanIntoLedger(store, services, platform));
  if (out.mode === "json") return out.json({ ports: ports.map(portRecord) });
  const rows = ports.map((scanned) => [
    String(scanned.port),
    orDash(scanned.pid),
    portStateSpan(scanned),
    scanned.service?.name ?? "",
  ]);
  out.printAll(headedTable(["Port", "PID", "Status", "Service"], rows, out.columns));
};
