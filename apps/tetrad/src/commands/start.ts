import { startDaemon } from "@tetra/tsm/supervisor";
import { join } from "node:path";
import type { TetradRun } from "../app.ts";

/** `tetrad start` */
export const run: TetradRun = async (args, { out, tetraDir, program, env }) => {
  const folder = join(tetraDir(), "tsm");
  const { status, isNew } = await startDaemon(folder, { tetradPath: program, environment: env });
  if (args.has("json")) out.json({ ...status, started: isNew });
  else out.print(`tetrad ${isNew ? "started" : "runs already"} (pid ${status.pid})`);
};
