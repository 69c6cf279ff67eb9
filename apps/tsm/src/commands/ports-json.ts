import { exportPorts, readPortsConfig } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports json` */
export const run: TsmRun = async (_args, app) =>
  app.out.data(exportPorts(readPortsConfig(portWorld(app).store), "json"));
