import { isTetraError } from "@tetra/errors";
import type { Started } from "@tetra/tsm";
import { planTpm } from "@tetra/tsm/launch";
import { actOnEach } from "../../act-on-each.ts";
import type { TsmRun } from "../../app.ts";
import { openedServices } from "../../opened-services.ts";
import { callersEnvironment, launchHost } from "../../start/launch-context.ts";
import { wakeDaemon } from "../../start/wake-daemon.ts";
import { type Known, known, observed, removeLeft } from "../known.ts";
import { baseOf, recordOfKnown } from "../records.ts";

/** `tpm restart <name|*>` */
export const run: TsmRun = async (args, app) => {
  const own = openedServices(app);
  let hasStarted = false;
  const status = await actOnEach(app, {
    levels: [known(app, args.at(0) ?? "")],
    async act(each) {
      const { meta, observed: now } = await (each.isLeft ? takeOver(each) : again(each));
      hasStarted = true;
      const message = `tpm: restarted '${meta.name}' (PID: ${now.main?.pid ?? "-"}, Port: ${meta.port ?? "-"})`;
      if (app.out.mode !== "json") app.out.print(message);
      return { message, data: { ...recordOfKnown(own.observe(meta.name), app.now()) } };
    },
  });
  await wakeDaemon(app, { isWanted: hasStarted });
  return status;

  function again({ services, name }: Known): Promise<Started> {
    return services.restart(name, { timeoutMs: 0 });
  }

  /** What an older tpm started goes on in the store: from here on its end is known. */
  async function takeOver(left: Known): Promise<Started> {
    const { command, cwd, port } = observed(left).meta;
    const { spec } = planTpm(launchHost(app, own), {
      script: command,
      name: baseOf(left.name),
      cwd: cwd || app.cwd(),
      environment: {
        ...callersEnvironment(app),
        ...(port === undefined ? {} : { PORT: String(port) }),
      },
    });
    await left.services.stop(left.name, { timeoutMs: 0 }).catch((error: unknown) => {
      if (!isTetraError(error, "NOT_RUNNING")) throw error;
    });
    const started = await own.start({ ...spec, name: left.name });
    await left.services.remove(left.name);
    removeLeft(app, left.name);
    return started;
  }
};
