import { lookAtPorts, scanPorts } from "@tetra/tsm/ports";
import type { TsmRun } from "../app.ts";
import { headedTable, orDash, portRecord, portStateSpan } from "../ports/port-table.ts";
import { portWorld } from "../ports/port-world.ts";

/** The ports that development servers have: the original's. */
const SCANNED = { from: 1024, to: 10_000 } as const;

/** `tsm doctor scan [--all]` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const { services, platform } = portWorld(app);
  const ports = scanPorts(lookAtPorts(services, platform)).filter(
    ({ port }) => args.has("all") || (port >= SCANNED.from && port <= SCANNED.to),
  );
  const commandOf = (pid: number | undefined): string =>
    pid === undefined ? "" : (platform.command(pid) ?? "");
  if (out.mode === "json") {
    return out.json({
      ports: ports.map((one) => Object.assign(portRecord(one), { command: commandOf(one.pid) })),
    });
  }
  const rows = ports.map((scanned) => [
    String(scanned.port),
    portStateSpan(scanned),
    orDash(scanned.service?.name),
    orDash(scanned.pid),
    commandOf(scanned.pid),
  ]);
  out.printAll(headedTable(["PORT", "STATUS", "TSM", "PID", "COMMAND"], rows, out.columns));
};
