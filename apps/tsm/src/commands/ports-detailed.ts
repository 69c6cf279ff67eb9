import { lookAtPorts, readPortsConfig } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { headedTable, orDash } from "../ports/port-table.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports detailed` */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const { store, services, platform } = portWorld(app);
  const config = readPortsConfig(store);
  const { listening } = lookAtPorts(services, platform);
  const ports = [...config.ports].map(([name, port]) => {
    const holder = listening.find((one) => one.port === port);
    const range = config.ranges.find(({ from, to }) => port >= from && port <= to);
    return {
      name,
      port,
      range: range?.name ?? null,
      listening: holder !== undefined,
      pid: holder?.pid ?? null,
      service: holder?.owner?.name ?? null,
    };
  });
  if (out.mode === "json") return out.json({ ports });
  const rows = ports.map(({ name, port, range, listening: isOpen, pid, service }) => [
    name,
    String(port),
    range ?? "-",
    isOpen ? (service ?? "another process") : "free",
    orDash(pid ?? undefined),
  ]);
  out.printAll(headedTable(["Name", "Port", "Range", "In use by", "PID"], rows, out.columns));
};
