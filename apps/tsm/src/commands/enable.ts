import type { TsmRun } from "../app.ts";
import { openedDefinitions } from "../opened-definitions.ts";

/** `tsm enable <name>...` */
export const run: TsmRun = async (args, app) => {
  const definitions = openedDefinitions(app);
  const found = args.rest(0).map((word) => definitions.find(word));
  const done = found.map((stored) => ({ stored, wasEnabled: definitions.enable(stored) }));
  if (app.out.mode === "json") {
    app.out.json({
      success: true,
      data: done.map(({ stored, wasEnabled }) => ({ name: stored.address, wasEnabled })),
    });
    return;
  }
  for (const { stored, wasEnabled } of done) {
    if (wasEnabled) app.out.print(`⚠️  Service already enabled: ${stored.address}`);
    else app.out.print(`✅ Enabled service: ${stored.address}`);
  }
};
