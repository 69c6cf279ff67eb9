import { formatDuration } from "@tetra/cli-kit";
import { daemonClient } from "@tetra/tsm/supervisor";
import { join } from "node:path";
import type { TetradRun } from "../app.ts";

/** `tetrad status` */
export const run: TetradRun = async (args, { out, tetraDir, now }) => {
  const status = await daemonClient(join(tetraDir(), "tsm")).status();
  if (args.has("json")) {
    out.json(status);
    return;
  }
  const { pid, version, started_at_ms: startedAtMs, services, warnings } = status;
  const upFor = formatDuration(Math.max(0, now() - startedAtMs));
  out.print(
    `tetrad ${version} has run for ${upFor} (pid ${pid}) and looks after ${services} services`,
  );
  for (const warning of warnings) out.print(`warning: ${warning}`);
};
