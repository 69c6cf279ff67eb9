import { systemClock } from "@tetra/tsm";
import { claimPort, parsePort } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm claim <port> [--force]` */
export const run: TsmRun = async (args, app) => {
  const port = parsePort(args.at(0) ?? "");
  const { ended, isKilled } = await claimPort({
    ...portWorld(app),
    folder: app.places().folder,
    clock: systemClock,
    port,
    ...(args.has("force") ? { timeoutMs: 0 } : {}),
  });
  if (app.out.mode === "json") return app.out.json({ port, ended, killed: isKilled });
  const how = isKilled ? "killed" : "ended";
  for (const { pid, command } of ended) app.out.print(`✅ ${how} PID ${pid} (${command})`);
  app.out.print(`Port ${port} is free`);
};
