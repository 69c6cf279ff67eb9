import {
  conflictText,
  fixPortConflicts,
  lookAtPorts,
  portConflicts,
  readPortsConfig,
} from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports conflicts [--fix]`: 1 when conflicts are left */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const world = portWorld(app);
  const moved = args.has("fix") ? await fixPortConflicts(world) : [];
  const look = lookAtPorts(world.services, world.platform);
  const conflicts = portConflicts(readPortsConfig(world.store), look);
  if (out.mode === "json") out.json({ conflicts, moved });
  else {
    for (const { name, from, to } of moved) out.print(`${name}: ${from} → ${to}`);
    out.printAll(conflicts.map((conflict) => [conflictText(conflict)]));
    if (conflicts.length === 0) out.print("No conflicts");
  }
  return conflicts.length === 0 ? 0 : 1;
};
