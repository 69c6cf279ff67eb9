import { TetraError } from "@tetra/errors";
import { startDaemonOrUnit } from "@tetra/tsm/boot";
import type { SupervisorErrorCode } from "@tetra/tsm/supervisor";
import type { TsmRun } from "../app.ts";
import { daemonPlace } from "../boot/boot-host.ts";
import { findTetrad } from "../start/wake-daemon.ts";

/** `tsm daemon start` */
export const run: TsmRun = async (_args, app) => {
  const { out, env } = app;
  const tetradPath = findTetrad(app);
  if (tetradPath === undefined) {
    throw new TetraError<SupervisorErrorCode>("DAEMON_START_FAILED", "tetrad is not installed", {
      hint: "install @tetra/tetrad beside this program",
    });
  }
  const program = { tetradPath, environment: env };
  const { status, isNew } = await startDaemonOrUnit(daemonPlace(app), program);
  if (out.mode === "json") out.json({ ...status, started: isNew });
  else out.print(`tsm: tetrad ${isNew ? "started" : "runs already"} (PID: ${status.pid})`);
};
