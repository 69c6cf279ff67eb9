import { cleanUp, staleText } from "@tetra/tsm/diagnosis";
import type { TsmRun } from "../app.ts";
import { openedDoctor } from "../diagnosis/opened-doctor.ts";

/** `tsm doctor clean [-a]` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const { stale, crashed } = await cleanUp(openedDoctor(app), { all: args.has("aggressive") });
  if (out.mode === "json") return out.json({ stale, crashed });
  for (const one of stale) out.print(`removed ${staleText(one)}`);
  for (const name of crashed) out.print(`removed ${name}: it had crashed`);
  out.print(`Cleaned ${stale.length + crashed.length}`);
};
