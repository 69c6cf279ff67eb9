import { isTetraError } from "@tetra/errors";
import { describeChange, launchDifference, launchedAs } from "@tetra/tsm/launch";
import { actOnEach, type Done } from "../act-on-each.ts";
import type { TsmRun } from "../app.ts";
import { keptEnvironment } from "../kept-environment.ts";
import { serviceLevels } from "../levels.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";
import { recordOf } from "../service-record.ts";
import { freshSpec } from "../start/fresh-spec.ts";
import { launchHost } from "../start/launch-context.ts";
import { startedText, startWarnings } from "../start/started-text.ts";
import { wakeDaemon } from "../start/wake-daemon.ts";
import { stopOptions } from "../stop-options.ts";

/** `tsm restart <service>...` */
export const run: TsmRun = async (args, app) => {
  const { out, err } = app;
  const options = stopOptions(args);
  const services = openedServices(app);
  const host = launchHost(app, services);
  const names = selectedServices(services, args.rest(0));
  let hasStarted = false;
  const levels = await serviceLevels(services, names);
  try {
    return await actOnEach(app, { levels, act: restartOne });
  } finally {
    await wakeDaemon(app, { isWanted: hasStarted && !args.has("no-daemon") });
  }

  async function restartOne(name: string, waitSignal: AbortSignal): Promise<Done> {
    const spec = await freshSpec({ app, args, services, host }, name);
    const { meta } = services.observe(name);
    const kept = keptEnvironment(app.places().folder, name) ?? {};
    const changes = spec === undefined ? [] : launchDifference(launchedAs(meta, kept), spec);
    const lines = changes.map(describeChange);
    if (out.mode !== "json") out.printAll(lines.map((line) => [`  ${line}`]));
    const restarting = services.restart(name, {
      ...options,
      ...(spec === undefined ? {} : { spec }),
      waitSignal,
    });
    const started = await restarting.catch((error: unknown) => {
      hasStarted ||= isTetraError(error, "NOT_READY"); // it runs, and somebody has to see when it is
      throw error;
    });
    hasStarted = true;
    const message = `tsm: restarted '${name}' ${startedText(started).slice(name.length + 1)}`;
    if (out.mode !== "json") {
      out.print(message);
      err.printAll(startWarnings(started).map((warning) => [warning]));
    }
    const service = services.observe(name);
    const { actualPort } = started;
    const record = recordOf(service, { nowMs: app.now(), usage: undefined, actualPort });
    return { message, data: { ...record, changes } };
  }
};
