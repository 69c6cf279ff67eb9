import { observeIfReadable } from "@tetra/tsm";
import { actOnEach } from "../act-on-each.ts";
import type { TsmRun } from "../app.ts";
import { followUpstream } from "../boot/follow-upstream.ts";
import { serviceLevels } from "../levels.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";
import { stopOptions, withoutForce } from "../stop-options.ts";
import { stopService } from "../stop-service.ts";

/** `tsm stop <service>... [force]` */
export const run: TsmRun = async (args, app) => {
  const { words, isForced } = withoutForce(args.rest(0));
  const options = stopOptions(args, isForced);
  const services = openedServices(app);
  const isAll = words.includes("*");
  const named = selectedServices(services, words);
  // of all, those that do not run are no mistake
  const names = isAll ? named.filter((name) => isWanted(name)) : named;
  if (isAll && app.out.mode !== "json") app.out.print("tsm: stopping all processes...");
  const status = await actOnEach(app, {
    levels: (await serviceLevels(services, names)).toReversed(),
    act: (name) => stopService(app, { services, name, options }),
    ...(isAll ? { summary: (done) => `tsm: stopped ${done} process(es)` } : {}),
  });
  await followUpstream(app, services);
  return status;

  function isWanted(name: string): boolean {
    const service = observeIfReadable(services, name);
    if (service === undefined) return true; // who acts on it tells why it cannot be read
    const { meta, observed } = service;
    return meta.desired === "online" || observed.main !== undefined;
  }
};
