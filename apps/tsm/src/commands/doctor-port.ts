import { lookAtPorts, parsePort } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm doctor port <port>`: 0 when it is free, 1 when it is used */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const port = parsePort(args.at(0) ?? "");
  const { services, platform } = portWorld(app);
  const holders = lookAtPorts(services, platform)
    .listening.filter((one) => one.port === port)
    .map(({ pid, owner }) => ({
      pid: pid ?? null,
      command: pid === undefined ? null : (platform.command(pid) ?? null),
      service: owner?.name ?? null,
    }));
  if (out.mode === "json") out.json({ port, free: holders.length === 0, holders });
  else if (holders.length === 0) out.print(`✅ Port ${port} is free`);
  else {
    out.print(`🔴 Port ${port} is in use`);
    for (const { pid, command, service } of holders) {
      out.print(`   PID: ${pid ?? "another user's process"}`);
      if (command !== null) out.print(`   Command: ${command}`);
      out.print(`   Managed: ${service === null ? "no" : `yes, ${service}`}`);
    }
  }
  return holders.length === 0 ? 0 : 1;
};
