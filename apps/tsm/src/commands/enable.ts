import type { TsmRun } from "../app.ts";
import { switchDefinitions } from "../definitions/switch-definitions.ts";

/** `tsm enable <name>...` */
export const run: TsmRun = async (args, app) =>
  switchDefinitions(args, app, {
    turn: (definitions, stored) => definitions.enable(stored),
    told: (name, wasEnabled) =>
      wasEnabled ? `⚠️  Service already enabled: ${name}` : `✅ Enabled service: ${name}`,
  });
