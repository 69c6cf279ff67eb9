import { usageError } from "@tetra/cli-kit";
import { anotherInstance, scale } from "@tetra/tsm/instances";
import type { TsmRun } from "../app.ts";
import { openedNginx } from "../boot/opened-nginx.ts";
import { selectedGroups } from "../boot/site-of.ts";
import { openedServices } from "../opened-services.ts";
import { freshSpec } from "../start/fresh-spec.ts";
import { launchHost } from "../start/launch-context.ts";
import { wakeDaemon } from "../start/wake-daemon.ts";
import { undisturbed } from "../undisturbed.ts";

/** `tsm scale <service> <count>` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const word = args.at(0) ?? "";
  const count = Number(args.at(1));
  const services = openedServices(app);
  const host = launchHost(app, services);
  const [group = word, ...others] = selectedGroups(services, [word]);
  if (others.length > 0) {
    throw usageError(`${word} means ${others.length + 1} groups`, "name one");
  }
  const status = await undisturbed(app, async () => {
    const { added, removed } = await scale(
      {
        folder: app.places().folder,
        services,
        nginx: openedNginx(app, services),
        fresh: (name) => freshSpec({ app, args, services, host }, name),
        instanceOf: (model, instance) =>
          anotherInstance(host, model.origin, { ...instance, group }),
      },
      group,
      count,
    );
    const message = `tsm: scaled '${group}' to ${count} (${added.length} added, ${removed.length} removed)`;
    if (out.mode === "json") {
      out.json({ success: true, message, data: { group, count, added, removed } });
    } else out.print(message);
    return 0;
  });
  await wakeDaemon(app, { isWanted: !args.has("no-daemon") });
  return status;
};
