import { findOrphans } from "@tetra/tsm/diagnosis";
import { lookAtPorts } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { headedTable } from "../ports/port-table.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm doctor orphans` */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const { services, platform } = portWorld(app);
  const { folder } = app.places();
  const orphans = findOrphans(lookAtPorts(services, platform), { platform, folder });
  if (out.mode === "json") return out.json({ orphans });
  if (orphans.length === 0) return out.print("No orphans");
  const rows = orphans.map(({ pid, ports, command }) => [String(pid), ports.join(" "), command]);
  out.printAll(headedTable(["PID", "Ports", "Command"], rows, out.columns));
};
