import { formatDuration } from "@tetra/cli-kit";
import { daemonState } from "@tetra/tsm/boot";
import type { TsmRun } from "../app.ts";
import { daemonPlace } from "../boot/boot-host.ts";

/** `tsm daemon status` */
export const run: TsmRun = async (_args, app) => {
  const { out, now } = app;
  const { status, unit } = await daemonState(daemonPlace(app));
  if (out.mode === "json") {
    out.json({ ...status, ...(unit === undefined ? {} : { unit }) });
    return;
  }
  const upFor = formatDuration(Math.max(0, now() - status.started_at_ms));
  out.print(
    `tsm: tetrad has run for ${upFor} (PID: ${status.pid}) and looks after ${status.services}`,
  );
  for (const warning of status.warnings) out.print(`warning: ${warning}`);
  if (unit !== undefined) out.print(`${unit.unit}: ${unit.active}, ${unit.enabled}`);
};
