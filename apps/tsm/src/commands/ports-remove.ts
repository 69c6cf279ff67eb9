import { removeNamedPort } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports remove <name>` */
export const run: TsmRun = async (args, app) => {
  const name = args.at(0) ?? "";
  const port = await removeNamedPort(portWorld(app).store, name);
  if (app.out.mode === "json") return app.out.json({ name, port });
  app.out.print(`✅ ${name}: removed (was ${port})`);
};
