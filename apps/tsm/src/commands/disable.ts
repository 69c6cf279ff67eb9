import type { TsmRun } from "../app.ts";
import { switchDefinitions } from "../definitions/switch-definitions.ts";

/** `tsm disable <name>...` */
export const run: TsmRun = async (args, app) =>
  switchDefinitions(args, app, {
    turn: (definitions, stored) => definitions.disable(stored),
    told: (name, wasEnabled) =>
      wasEnabled ? `✅ Disabled service: ${name}` : `⚠️  Service not enabled: ${name}`,
  });
