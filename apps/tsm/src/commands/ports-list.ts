import { readPortsConfig } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { headedTable } from "../ports/port-table.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports list` */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const { ports } = readPortsConfig(portWorld(app).store);
  if (out.mode === "json") return out.json({ ports: Object.fromEntries(ports) });
  if (ports.size === 0) return out.print("No port is named. Name one: tsm ports set <name> <port>");
  const rows = [...ports].map(([name, port]) => [name, String(port)]);
  out.printAll(headedTable(["Name", "Port"], rows, out.columns));
};
