import { usageError } from "@tetra/cli-kit";
import { daemonLogCommand } from "@tetra/tsm/boot";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { TsmRun } from "../app.ts";
import { bootHost, whichUnit } from "../boot/boot-host.ts";

/** `tsm daemon logs [@dev|@production]` */
export const run: TsmRun = async (args, app) => {
  const lines = Number(args.value("lines") ?? 50);
  if (!Number.isSafeInteger(lines) || lines < 0) {
    throw usageError(`--lines: ${String(args.value("lines"))} is no number`, "use 50");
  }
  const follow = args.has("follow");
  const [program = "", ...rest] = daemonLogCommand(bootHost(app), whichUnit(args), {
    lines,
    follow,
  });
  const [status] = await once(spawn(program, rest, { stdio: "inherit" }), "close");
  return typeof status === "number" ? status : 1;
};
