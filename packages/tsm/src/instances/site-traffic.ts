import type { Services } from "../services.ts";
import { findGroup, type InstanceGroup } from "./instance-group.ts";
import type { InstalledSite } from "./nginx-folder.ts";
import type { RunningNginx } from "./nginx-program.ts";
import type { Steering } from "./nginx-site.ts";
import type { Route } from "./plan-reload.ts";
import { portsOf } from "./routed.ts";
import type { SiteWriter } from "./site-writer.ts";
import { noStandInPort } from "./stand-in-port.ts";

/** The traffic of one group. */
export interface Traffic {
  /** How it is sent elsewhere; with `reload`, nginx closes idle connections of clients at each change. */
  readonly steering: Steering["type"];
  /** A port for the stand-in, which nginx knows by now. @throws TetraError `NO_PORT` */
  standInPort(): Promise<number>;
  /** Sends it there; resolves when nobody is sent elsewhere any more. */
  route(to: Route): Promise<void>;
}

/** The traffic of a group, if a site is installed for it and nginx runs. */
export async function siteTraffic(
  writer: SiteWriter,
  services: Services,
  group: InstanceGroup,
): Promise<Traffic | undefined> {
  const { folder } = writer;
  const siteNow = (): InstalledSite | undefined =>
    folder.readSites().find(({ name }) => name === group.name);
  const site = siteNow();
  if (site === undefined) return undefined;
  const { running } = await writer.look(folder.readSettings());
  if (running === undefined) return undefined;
  const members = portsOf(group.instances);
  const put = (route: Route): Promise<InstalledSite> =>
    writer.change(async () => {
      const scene = await writer.look(folder.readSettings());
      const { standIn } = findGroup(services, group.name);
      await writer.write(scene, [{ site: siteNow() ?? site, routed: { members, standIn, route } }]);
      return siteNow() ?? site;
    });
  return {
    steering: steeringOf(running),
    async standInPort() {
      const { standInPort } = await put({ type: "all" });
      if (standInPort === undefined) throw noStandInPort(group.name);
      return standInPort;
    },
    async route(to) {
      await put(to);
    },
  };
}

/** How traffic is sent elsewhere. */
export function steeringOf({ seesOurFiles }: RunningNginx): Steering["type"] {
  return seesOurFiles ? "switches" : "reload";
}
