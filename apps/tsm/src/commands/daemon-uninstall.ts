import { daemonUnitName, uninstallDaemon } from "@tetra/tsm/boot";
import type { TsmRun } from "../app.ts";
import { bootHost, whichUnit } from "../boot/boot-host.ts";

/** `tsm daemon uninstall [@dev|@production]` */
export const run: TsmRun = async (args, app) => {
  const which = whichUnit(args);
  await uninstallDaemon(bootHost(app), which);
  const message = `✅ ${daemonUnitName(which.flavour)} uninstalled; services live on`;
  if (app.out.mode === "json") app.out.json({ success: true, message, data: which });
  else app.out.print(message);
};
