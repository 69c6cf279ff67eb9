import { lookAtPorts, portConflicts, readPortsConfig } from "@tetra/tsm/ports";
import { counted } from "../counted.ts";
import type { TsmRun } from "../app.ts";
import { headedTable } from "../ports/port-table.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports overview` */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const { store, services, platform } = portWorld(app);
  const config = readPortsConfig(store);
  const look = lookAtPorts(services, platform);
  const open = [...new Set(look.listening.map(({ port }) => port))];
  const ranges = config.ranges.map(({ name, from, to }) => {
    const isIn = (port: number): boolean => port >= from && port <= to;
    const named = [...config.ports.values()].filter(isIn).length;
    return { name, from, to, named, listening: open.filter(isIn).length };
  });
  const conflicts = portConflicts(config, look).length;
  if (out.mode === "json") {
    return out.json({ ranges, reserved: Object.fromEntries(config.reserved), conflicts });
  }
  const rows = ranges.map(({ name, from, to, named, listening }) => [
    name,
    `${from}-${to}`,
    String(named),
    String(listening),
  ]);
  out.printAll(headedTable(["Range", "Ports", "Named", "Listening"], rows, out.columns));
  for (const [group, ports] of config.reserved)
    out.print(`reserved (${group}): ${ports.join(" ")}`);
  out.print(`${counted(look.services.length, "service")}, ${counted(conflicts, "conflict")}`);
};
