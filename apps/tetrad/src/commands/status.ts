import { formatDuration } from "@tetra/cli-kit";
import { daemonClient } from "@tetra/tsm/supervisor";
import { join } from "node:path";
import type { TetradRun } from "../app.ts";
import { servedAt } from "../http/told-status.ts";

/** `tetrad status` */
export const run: TetradRun = async (args, { out, tetraDir, now }) => {
  const status = await daemonClient(join(tetraDir(), "tsm")).status();
  if (args.has("json")) {
    out.json(status);
    return;
  }
  const { pid, version, started_at_ms: startedAtMs, services, warnings, http } = status;
  const upFor = formatDuration(Math.max(0, now() - startedAtMs));
  out.print(
    `tetrad ${version} has run for ${upFor} (pid ${pid}) and looks after ${services} services`,
  );
  if (http !== undefined && http.urls.length > 0) out.print(`agents: ${servedAt(http)}`);
  for (const warning of warnings) out.print(`warning: ${warning}`);
};
