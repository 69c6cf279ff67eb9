import { parsePort, setNamedPort } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports set <name> <port>` */
export const run: TsmRun = async (args, app) => {
  const [name = "", text = ""] = args.rest(0);
  const port = parsePort(text);
  const before = await setNamedPort(portWorld(app).store, name, port);
  if (app.out.mode === "json") return app.out.json({ name, port, before: before ?? null });
  const was = before === undefined || before === port ? "" : ` (was ${before})`;
  app.out.print(`✅ ${name}: ${port}${was}`);
};
