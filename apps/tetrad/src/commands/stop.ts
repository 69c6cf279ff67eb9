import { TetraError } from "@tetra/errors";
import { stopDaemon } from "@tetra/tsm/supervisor";
import { join } from "node:path";
import type { TetradRun } from "../app.ts";
import type { TetradErrorCode } from "../errors.ts";

/** `tetrad stop` */
export const run: TetradRun = async (args, { out, tetraDir }) => {
  const root = tetraDir();
  const stopped = await stopDaemon(join(root, "tsm"));
  if (stopped === undefined) {
    throw new TetraError<TetradErrorCode>("DAEMON_NOT_RUNNING", `no daemon looks after ${root}`, {
      hint: "there is nothing to stop; services are stopped by tsm stop",
    });
  }
  if (args.has("json")) out.json({ tetra_dir: root, pid: stopped.pid, stopped: true });
  else out.print(`tetrad stopped (pid ${stopped.pid}); services run on`);
};
