import type { Services } from "@tetra/tsm";
import { isEcosystemFile, type Launch, planTpm, planTpmApp } from "@tetra/tsm/launch";
import type { Arguments } from "@tetra/cli-kit";
import { resolve } from "node:path";
import type { App, TsmRun } from "../../app.ts";
import { actOnEach } from "../../act-on-each.ts";
import { openedServices } from "../../opened-services.ts";
import { callersEnvironment, launchHost } from "../../start/launch-context.ts";
import { wakeDaemon } from "../../start/wake-daemon.ts";
import { allKnown, observed } from "../known.ts";
import { alreadyRunning, recordOfKnown } from "../records.ts";

/** `tpm start <script|ecosystem.config.cjs> [name]` */
export const run: TsmRun = async (args, app) => {
  const services = openedServices(app);
  const { spec, warnings } = await planned(args, app, services);
  for (const warning of warnings) app.err.print(`tpm: ${warning}`);
  const left = allKnown(app).find((each) => each.isLeft && each.name === spec.name);
  if (left !== undefined && observed(left).observed.main !== undefined) {
    throw alreadyRunning(spec.name);
  }
  let hasStarted = false;
  const status = await actOnEach(app, {
    levels: [[spec]],
    async act() {
      const { meta, observed: now } = await services.start(spec);
      hasStarted = true;
      const message = `✅ Started: ${meta.name} (PID: ${now.main?.pid ?? "-"}, Port: ${spec.environment["PORT"]})`;
      if (app.out.mode !== "json") app.out.print(message);
      return { message, data: { ...recordOfKnown(services.observe(meta.name), app.now()) } };
    },
  });
  await wakeDaemon(app, { isWanted: hasStarted });
  return status;
};

async function planned(args: Arguments, app: App, services: Services): Promise<Launch> {
  const script = args.at(0) ?? "";
  const name = args.at(1);
  const host = launchHost(app, services);
  const environment = callersEnvironment(app);
  const given = { environment, ...(name === undefined ? {} : { name }) };
  if (!isEcosystemFile(script)) return planTpm(host, { script, cwd: app.cwd(), ...given });
  const file = resolve(app.cwd(), script);
  const { readTpmApp } = await import("@tetra/tsm/definitions");
  return planTpmApp(host, { app: await readTpmApp(file, { environment }), file, ...given });
}
