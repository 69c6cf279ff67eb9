import { formatDuration } from "@tetra/cli-kit";
import { daemonClient } from "@tetra/tsm/supervisor";
import type { TsmRun } from "../app.ts";

/** `tsm daemon status` */
export const run: TsmRun = async (_args, { out, places, now }) => {
  const status = await daemonClient(places().folder).status();
  if (out.mode === "json") {
    out.json(status);
    return;
  }
  const upFor = formatDuration(Math.max(0, now() - status.started_at_ms));
  out.print(
    `tsm: tetrad has run for ${upFor} (PID: ${status.pid}) and looks after ${status.services}`,
  );
};
