import { controlDaemon, daemonUnitName, type UnitAction } from "@tetra/tsm/boot";
import type { TsmRun } from "../app.ts";
import { bootHost, whichUnit } from "./boot-host.ts";

/** A command that has systemd do something with the daemon's unit. */
export function controlUnit(action: UnitAction, done: string): TsmRun {
  return async (args, app) => {
    const which = whichUnit(args);
    await controlDaemon(bootHost(app), which, action);
    const message = `✅ ${daemonUnitName(which.flavour)} ${done}`;
    if (app.out.mode === "json") app.out.json({ success: true, message, data: which });
    else app.out.print(message);
  };
}
