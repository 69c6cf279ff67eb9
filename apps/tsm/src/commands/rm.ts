import type { TsmRun } from "../app.ts";
import { openedDefinitions } from "../opened-definitions.ts";

/** `tsm rm <name>` */
export const run: TsmRun = async (args, app) => {
  const definitions = openedDefinitions(app);
  const stored = definitions.find(args.at(0) ?? "");
  definitions.remove(stored);
  if (app.out.mode === "json") app.out.json({ success: true, data: { name: stored.address } });
  else app.out.print(`✅ Removed service definition: ${stored.file}`);
};
