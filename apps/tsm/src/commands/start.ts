import { isTetraError } from "@tetra/errors";
import type { ServiceSpec, Started } from "@tetra/tsm";
import { giveUpClaim, type Launch } from "@tetra/tsm/launch";
import { actOnEach, type Done } from "../act-on-each.ts";
import type { TsmRun } from "../app.ts";
import { followUpstream } from "../boot/follow-upstream.ts";
import { levelsOf } from "../levels.ts";
import { openedServices } from "../opened-services.ts";
import { awaitDependencies } from "../start/await-dependencies.ts";
import { launchHost } from "../start/launch-context.ts";
import { planPage, planRecord } from "../start/plan-page.ts";
import { startedText, startWarnings } from "../start/started-text.ts";
import { wakeDaemon } from "../start/wake-daemon.ts";
import { whatToStart } from "../start/what-to-start.ts";
import { recordOf } from "../service-record.ts";

/** `tsm start <command...>` */
export const run: TsmRun = async (args, app) => {
  const { out, err } = app;
  const services = openedServices(app);
  const host = launchHost(app, services);
  const planned = await whatToStart({ app, args, services, host });
  const launches = planned.flatMap((each) => each.launches);
  if (args.has("dry-run")) {
    if (out.mode === "json") {
      out.json({ success: true, message: "nothing was started", data: launches.map(planRecord) });
    } else out.printAll(launches.flatMap(planPage));
    return 0;
  }
  if (args.has("debug")) err.printAll(launches.flatMap(planPage));
  for (const { defined } of planned) {
    if (defined !== undefined && out.mode !== "json") out.print(`🚀 Starting service: ${defined}`);
  }
  const odd = planned.flatMap(({ warnings = [], launches: of }) =>
    warnings.concat(of.flatMap((launch) => launch.warnings)),
  );
  for (const warning of odd) err.print(`⚠️  ${warning}`);
  const defined = new Set(
    planned.flatMap((each) => (each.defined === undefined ? [] : each.launches.map(nameOf))),
  );
  const levels = await levelsOf(
    launches.map(({ spec }) => ({ name: spec.name, dependsOn: spec.care?.dependsOn ?? [], spec })),
  );
  let hasStarted = false;
  try {
    return await actOnEach(app, { levels, act: startOne });
  } finally {
    await followUpstream(app, services);
    await wakeDaemon(app, { isWanted: hasStarted && !args.has("no-daemon") });
  }

  async function startOne({ spec }: Pick<Launch, "spec">, asked: AbortSignal): Promise<Done> {
    await awaitDependencies({ app, services, asked }, spec).catch((error: unknown) => {
      giveUpClaim(host, { spec });
      throw error;
    });
    const started = await startOrReplace(spec, asked).catch((error: unknown) => {
      hasStarted ||= isTetraError(error, "NOT_READY"); // it runs, and somebody has to see when it is
      if (defined.has(spec.name) && isTetraError(error, "ALREADY_RUNNING")) return undefined;
      throw error;
    });
    if (started === undefined) {
      // as the original: a defined service that runs is as it should be
      const message = `Process '${spec.name}' already running`;
      if (out.mode !== "json") out.print(message);
      const running = services.observe(spec.name);
      return { message, data: { ...recordOf(running, { nowMs: app.now(), usage: undefined }) } };
    }
    hasStarted = true;
    const message = `✅ Started: ${startedText(started)}`;
    if (out.mode !== "json") out.print(message);
    const warnings = startWarnings(started);
    if (out.mode !== "json") err.printAll(warnings.map((warning) => [warning]));
    const service = services.observe(started.meta.name);
    const { actualPort } = started;
    const data = recordOf(service, { nowMs: app.now(), usage: undefined, actualPort });
    return { message, data: { ...data, warnings } };
  }

  async function startOrReplace(spec: ServiceSpec, waitSignal: AbortSignal): Promise<Started> {
    try {
      return await services.start(spec, { waitSignal });
    } catch (error) {
      if (!args.has("replace") || !isTetraError(error, "ALREADY_RUNNING")) throw error;
      return services.restart(spec.name, { spec, waitSignal });
    }
  }
};

function nameOf({ spec }: Pick<Launch, "spec">): string {
  return spec.name;
}
