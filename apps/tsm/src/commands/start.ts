import { isTetraError } from "@tetra/errors";
import type { Started } from "@tetra/tsm";
import type { Launch } from "@tetra/tsm/launch";
import { actOnEach, type Done } from "../act-on-each.ts";
import type { TsmRun } from "../app.ts";
import { followUpstream } from "../boot/follow-upstream.ts";
import { openedServices } from "../opened-services.ts";
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
  const planned = whatToStart({ app, args, services, host: launchHost(app, services) });
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
  for (const warning of launches.flatMap((launch) => launch.warnings)) err.print(`⚠️  ${warning}`);
  let hasStarted = false;
  const status = await actOnEach(app, { levels: levelsOf(launches), act: startOne });
  await followUpstream(app, services);
  await wakeDaemon(app, { isWanted: hasStarted && !args.has("no-daemon") });
  return status;

  async function startOne(launch: Launch): Promise<Done> {
    const started = await startOrReplace(launch);
    hasStarted = true;
    const message = `✅ Started: ${startedText(started)}`;
    if (out.mode !== "json") out.print(message);
    const warnings = startWarnings(started);
    if (out.mode !== "json") err.printAll(warnings.map((warning) => [warning]));
    const service = services.observe(started.meta.name);
    const data = recordOf(service, { nowMs: app.now(), usage: undefined });
    return { message, data: { ...data, warnings } };
  }

  async function startOrReplace({ spec }: Launch): Promise<Started> {
    try {
      return await services.start(spec);
    } catch (error) {
      if (!args.has("replace") || !isTetraError(error, "ALREADY_RUNNING")) throw error;
      return services.restart(spec.name, { spec });
    }
  }
};

/** What waits for others among these comes after them. */
function levelsOf(launches: readonly Launch[]): readonly (readonly Launch[])[] {
  const names = new Set(launches.map(({ spec }) => spec.name));
  const isFirst = ({ spec }: Launch): boolean =>
    (spec.care?.dependsOn ?? []).every(({ name }) => !names.has(name));
  return [launches.filter(isFirst), launches.filter((launch) => !isFirst(launch))];
}
