import { conflictText, portConflicts, readPortsConfig } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports validate`: 1 when names collide with each other or with reserved ports */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const config = readPortsConfig(portWorld(app).store);
  const issues = portConflicts(config, { services: [], listening: [] });
  if (out.mode === "json") out.json({ valid: issues.length === 0, issues });
  else if (issues.length > 0) out.printAll(issues.map((issue) => [conflictText(issue)]));
  else out.print(`${config.ports.size} named ports, all valid`);
  return issues.length === 0 ? 0 : 1;
};
