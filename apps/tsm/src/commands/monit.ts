import { usageError } from "@tetra/cli-kit";
import { lineText, openLogs } from "@tetra/tsm/logs";
import type { TsmRun } from "../app.ts";
import { actualPorts } from "../actual-ports.ts";
import { looker } from "../look.ts";
import { runDashboard } from "../monit/run-dashboard.ts";
import { openScreen } from "../monit/screen.ts";
import { openedServices } from "../opened-services.ts";

/** `tsm monit` */
export const run: TsmRun = async (_args, app) => {
  if (app.out.mode !== "terminal" || !app.isInteractive()) {
    throw usageError("monit: this is no terminal", "use: tsm list --watch");
  }
  const services = openedServices(app);
  const logs = openLogs({ folder: app.places().folder });
  const stop = new AbortController();
  const ignore = app.onStop(() => stop.abort());
  const screen = openScreen(app);
  try {
    await runDashboard({
      services,
      look: looker(services, { now: app.now, ports: () => actualPorts(app.places().folder) }),
      screen,
      async *follow(name, signal) {
        for await (const lines of logs.follow([name], { lines: 100 }, signal))
          yield lines.map(lineText);
      },
      signal: stop.signal,
    });
  } finally {
    screen.close();
    ignore();
  }
};
