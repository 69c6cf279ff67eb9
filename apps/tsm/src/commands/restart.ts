import {
  describeChange,
  type Launch,
  launchDifference,
  launchedAs,
  relaunch,
} from "@tetra/tsm/launch";
import type { ServiceEnvironment } from "@tetra/tsm";
import { actOnEach } from "../act-on-each.ts";
import type { TsmRun } from "../app.ts";
import { keptEnvironment } from "../kept-environment.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";
import { serviceLevels } from "../service-levels.ts";
import { recordOf } from "../service-record.ts";
import { callersEnvironment, launchHost } from "../start/launch-context.ts";
import { requestOfDefinition } from "../start/request-of-definition.ts";
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
  const status = await actOnEach(app, { levels: serviceLevels(services, names), act: restartOne });
  await wakeDaemon(app, { isWanted: hasStarted && !args.has("no-daemon") });
  return status;

  async function restartOne(name: string) {
    const kept = keptEnvironment(app.places().folder, name);
    const launch = await planAgain(name, kept);
    const { meta } = services.observe(name);
    const changes =
      launch === undefined ? [] : launchDifference(launchedAs(meta, kept ?? {}), launch.spec);
    const lines = changes.map(describeChange);
    if (out.mode !== "json") out.printAll(lines.map((line) => [`  ${line}`]));
    const started = await services.restart(name, {
      ...options,
      ...(launch === undefined ? {} : { spec: launch.spec }),
    });
    hasStarted = true;
    const message = `tsm: restarted '${name}' ${startedText(started).slice(name.length + 1)}`;
    if (out.mode !== "json") {
      out.print(message);
      err.printAll(startWarnings(started).map((warning) => [warning]));
    }
    const service = services.observe(name);
    const record = recordOf(service, { nowMs: app.now(), usage: undefined });
    return { message, data: { ...record, changes } };
  }

  /** `undefined`: how it was asked for is not known, so it is started as it was. */
  async function planAgain(
    name: string,
    kept: ServiceEnvironment | undefined,
  ): Promise<Launch | undefined> {
    const origin = services.origin(name);
    if (origin === undefined) return undefined;
    const request = await requestOfDefinition(app, origin);
    return relaunch(host, origin, {
      ...(request === undefined ? {} : { request }),
      ...(args.has("update-env") ? { updateEnv: callersEnvironment(app) } : {}),
      ...(args.has("keep-env") && kept !== undefined ? { keepEnv: kept } : {}),
    });
  }
};
