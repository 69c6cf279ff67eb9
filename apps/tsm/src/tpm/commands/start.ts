import { planTpm } from "@tetra/tsm/launch";
import type { TsmRun } from "../../app.ts";
import { actOnEach } from "../../act-on-each.ts";
import { openedServices } from "../../opened-services.ts";
import { callersEnvironment, launchHost } from "../../start/launch-context.ts";
import { wakeDaemon } from "../../start/wake-daemon.ts";
import { allKnown, observed } from "../known.ts";
import { alreadyRunning, recordOfKnown } from "../records.ts";

/** `tpm start <script> [name]` */
export const run: TsmRun = async (args, app) => {
  const services = openedServices(app);
  const name = args.at(1);
  const { spec } = planTpm(launchHost(app, services), {
    script: args.at(0) ?? "",
    ...(name === undefined ? {} : { name }),
    cwd: app.cwd(),
    environment: callersEnvironment(app),
  });
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
