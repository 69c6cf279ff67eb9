import { TetraError } from "@tetra/errors";
import { stopDaemonOrUnit } from "@tetra/tsm/boot";
import type { SupervisorErrorCode } from "@tetra/tsm/supervisor";
import type { TsmRun } from "../app.ts";
import { daemonPlace } from "../boot/boot-host.ts";

/** `tsm daemon stop` */
export const run: TsmRun = async (_args, app) => {
  const { out, places } = app;
  const { root } = places();
  const stopped = await stopDaemonOrUnit(daemonPlace(app));
  if (stopped === undefined) {
    throw new TetraError<SupervisorErrorCode>(
      "DAEMON_NOT_RUNNING",
      `no daemon looks after ${root}`,
      { hint: "there is nothing to stop; services are stopped by tsm stop" },
    );
  }
  if (out.mode === "json") out.json({ tetra_dir: root, pid: stopped.pid, stopped: true });
  else out.print(`tsm: tetrad stopped (PID: ${stopped.pid}); services run on`);
};
