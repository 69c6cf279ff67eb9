import type { InstanceGroup } from "./instance-group.ts";
import type { InstalledSite } from "./nginx-folder.ts";
import type { Upstreams } from "./nginx-site.ts";
import type { Route } from "./plan-reload.ts";

/** Who gets the traffic of a group. */
export interface Routed {
  readonly members: Upstreams["members"];
  readonly standIn: InstanceGroup["standIn"];
  readonly route: Route;
}

/**
 * What the services say: all that should run. What a reload that died, or stopped, has left stays so until
 * it is mended: an instance that is out and not up stays out, and the stand-in of an only instance that is
 * not up carries on.
 * @param out the ports of instances that are out of the traffic now
 */
export function routedNow(group: InstanceGroup | undefined, out: readonly number[]): Routed {
  if (group === undefined) return { members: [], standIn: undefined, route: { type: "all" } };
  const { instances, standIn } = group;
  const [first] = instances;
  if (instances.length === 1 && first?.isUp === false && standIn?.isUp === true) {
    return { members: portsOf(instances), standIn, route: { type: "stand-in" } };
  }
  const wanted = instances.filter(({ isWanted }) => isWanted);
  const left = wanted.find(({ isUp, port }) => !isUp && port !== undefined && out.includes(port));
  const route: Route =
    left === undefined || wanted.length === 1
      ? { type: "all" }
      : { type: "without", name: left.name };
  return { members: portsOf(wanted), standIn, route };
}

/** Those of the instances that have a port. */
export function portsOf(instances: InstanceGroup["instances"]): Upstreams["members"] {
  return instances.flatMap(({ name, port }) => (port === undefined ? [] : [{ name, port }]));
}

/** What is written for it: a place for a stand-in only beside an only instance. */
export function upstreamsOf({ standInPort }: InstalledSite, { members }: Routed): Upstreams {
  const isAlone = members.length === 1 && standInPort !== undefined;
  return isAlone ? { members, standInPort } : { members };
}

/** Whose switches are set. */
export function switchesFor({ members, route }: Routed): readonly number[] {
  if (route.type === "all") return [];
  return members
    .filter(({ name }) => route.type === "stand-in" || name === route.name)
    .map(({ port }) => port);
}
