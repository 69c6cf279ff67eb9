import { lookAtPorts, scanPorts } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { headedTable, orDash, portRecord, portStateSpan } from "../ports/port-table.ts";
import { portWorld } from "../ports/port-world.ts";
import { selectedServices } from "../selected-services.ts";

/** `tsm ports [service...]` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const { services, platform } = portWorld(app);
  const wanted = args.rest(0);
  const names = new Set(
    wanted.length === 0 ? services.names() : selectedServices(services, wanted),
  );
  const ports = scanPorts(lookAtPorts(services, platform)).filter(
    ({ service }) => service !== undefined && names.has(service.name),
  );
  if (out.mode === "json") return out.json({ ports: ports.map(portRecord) });
  if (ports.length === 0) return out.print("No service has a port.");
  const rows = ports.map((scanned) => [
    orDash(scanned.service?.id),
    orDash(scanned.service?.name),
    String(scanned.port),
    orDash(scanned.pid),
    portStateSpan(scanned),
  ]);
  out.printAll(headedTable(["ID", "Name", "Port", "PID", "Status"], rows, out.columns));
};
