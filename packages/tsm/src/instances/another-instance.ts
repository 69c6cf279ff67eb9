import type { LaunchHost } from "../launch/launch-host.ts";
import { originOf, parseOrigin } from "../launch/launch-origin.ts";
import { planAgain } from "../launch/plan-launch.ts";
import type { ServiceSpec } from "../run/service-spec.ts";
import type { NewInstance } from "./plan-scale.ts";

/** Which instance to plan, and of which group. */
export interface AnotherInstance extends NewInstance {
  readonly group: string;
}

/**
 * Plans one more instance of what was asked for once; restarted later, it keeps its place.
 * @param origin what `ServiceSpec.origin` of one that is there has
 * @throws TetraError `INVALID_ORIGIN`, and what `planLaunch` throws
 */
export function anotherInstance(
  host: LaunchHost,
  origin: unknown,
  { name, instance, group }: AnotherInstance,
): ServiceSpec {
  const request = { ...parseOrigin(origin).request, group };
  const { spec } = planAgain(host, request, { name, instance });
  return { ...spec, origin: originOf({ request, name, instance }) };
}
