import type { Arguments } from "@tetra/cli-kit";
import { readableServices, type Services } from "@tetra/tsm";
import { dependencyOption, type LaunchRequest, selectServices } from "@tetra/tsm/launch";
import { requestOptions } from "./start-options.ts";

/**
 * The options that were typed, with what they depend on by its whole name: whoever looks after services
 * knows no other, and the short one may mean something else tomorrow. A name is whole, of a group (all of
 * it), or lacks its port.
 * @throws TetraError `SERVICE_NOT_FOUND`, `AMBIGUOUS_SERVICE`, `INVALID_OPTION`
 */
export function wholeOptions(args: Arguments, services: Services): Partial<LaunchRequest> {
  const options = requestOptions(args);
  if (options.dependsOn === undefined) return options;
  const dependsOn = options.dependsOn.flatMap(dependencyOption).flatMap(({ name, condition }) => {
    const alike = readableServices(services)
      .map(({ meta }) => ({ name: meta.name, id: meta.tsm_id, group: meta.group }))
      .filter((one) => [one.name, one.name.replace(/-[0-9]+$/, ""), one.group].includes(name));
    return selectServices([name], alike).map((whole) => `${whole}:${condition}`);
  });
  return { ...options, dependsOn };
}
