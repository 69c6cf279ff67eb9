import { systemClock } from "@tetra/tsm";
import { planStartup, startup, startupText } from "@tetra/tsm/boot";
import { openProjects } from "@tetra/tsm/definitions";
import type { TsmRun } from "../app.ts";
import { followUpstream } from "../boot/follow-upstream.ts";
import { openedDefinitions } from "../opened-definitions.ts";
import { openedServices } from "../opened-services.ts";
import { callersEnvironment, launchHost } from "../start/launch-context.ts";
import { startedText } from "../start/started-text.ts";
import { wakeDaemon } from "../start/wake-daemon.ts";
import { undisturbed } from "../undisturbed.ts";

/** `tsm startup` */
export const run: TsmRun = async (args, app) => {
  const { out, err } = app;
  const { folder } = app.places();
  const services = openedServices(app);
  const host = launchHost(app, services);
  const environment = callersEnvironment(app);
  const definitions = openedDefinitions(app);
  const { enabled, launches, broken } = planStartup({ definitions, services, host, environment });
  const projects = openProjects({ services, folder, host, clock: systemClock, environment });
  const status = await undisturbed(app, async () => {
    const report = await startup({ folder }, { enabled, broken }, async (steps) => {
      const { results } = await projects.carryOut({ steps, launches }, ({ name, outcome }) => {
        if (outcome !== "started" || out.mode === "json") return;
        out.print(`✅ Started: ${startedText(services.observe(name))}`);
      });
      return results;
    });
    const message = startupText(report);
    const isWell = report.failed.length === 0;
    if (out.mode === "json") {
      const failed = report.failed.map(({ name, why }) => ({ name, why }));
      out.json({ success: isWell, message, data: { ...report, failed } });
    } else {
      for (const { name, why } of report.failed) {
        err.print(`❌ Failed to start: ${why.startsWith(`${name}: `) ? "" : `${name}: `}${why}`);
      }
      out.print(message);
    }
    await followUpstream(app, services);
    return isWell ? 0 : 1;
  });
  await wakeDaemon(app, { isWanted: !args.has("no-daemon") });
  return status;
};
