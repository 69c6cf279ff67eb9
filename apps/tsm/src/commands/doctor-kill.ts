import { usageError } from "@tetra/cli-kit";
import { systemClock } from "@tetra/tsm";
import { claimPort, parsePort, portHolders } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm doctor kill <port> [--force]`: asks first; services are refused */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const world = { ...portWorld(app), folder: app.places().folder };
  const port = parsePort(args.at(0) ?? "");
  const holders = portHolders({ ...world, port });
  if (!args.has("force")) {
    const who = holders.map(({ pid, command }) => `PID ${pid} (${command})`).join(", ");
    if (!app.isInteractive()) {
      throw usageError(`doctor kill: nobody can be asked whether to end ${who}`, "use --force");
    }
    const answer = await app.ask(`End ${who}? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) return 1;
  }
  const { ended, isKilled } = await claimPort({ ...world, clock: systemClock, port });
  if (out.mode === "json") out.json({ port, ended, killed: isKilled });
  else for (const { pid } of ended) out.print(`✅ ${isKilled ? "Killed" : "Ended"} PID ${pid}`);
  return 0;
};
