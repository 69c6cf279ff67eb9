import { allocateNamedPort } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports allocate <name> [range]`: prints the port alone, for scripts */
export const run: TsmRun = async (args, app) => {
  const name = args.at(0) ?? "";
  const port = await allocateNamedPort(portWorld(app), name, args.at(1));
  if (app.out.mode === "json") return app.out.json({ name, port });
  app.out.print(String(port));
};
