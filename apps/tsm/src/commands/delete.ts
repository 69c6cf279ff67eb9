import { observeIfReadable } from "@tetra/tsm";
import { actOnEach } from "../act-on-each.ts";
import type { TsmRun } from "../app.ts";
import { followUpstream } from "../boot/follow-upstream.ts";
import { serviceLevels } from "../levels.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";
import { stopOptions } from "../stop-options.ts";

/** `tsm delete <service>...` */
export const run: TsmRun = async (args, app) => {
  const options = stopOptions(args);
  const services = openedServices(app);
  const names = selectedServices(services, args.rest(0));
  const status = await actOnEach(app, {
    levels: (await serviceLevels(services, names)).toReversed(),
    async act(name) {
      const id = observeIfReadable(services, name)?.meta.tsm_id ?? null;
      await services.remove(name, options);
      const message = `tsm: deleted '${name}'`;
      if (app.out.mode !== "json") app.out.print(message);
      return { message, data: { name, tsm_id: id } };
    },
  });
  await followUpstream(app, services);
  return status;
};
