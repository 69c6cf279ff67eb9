import { TetraError } from "@tetra/errors";
import { type NginxChange, readConf } from "./apply-nginx.ts";
import type { InstancesErrorCode } from "./errors.ts";
import { findGroup, type InstanceGroup } from "./instance-group.ts";
import { includeLine, withInclude, withoutInclude } from "./nginx-conf.ts";
import { type InstalledSite, textAt } from "./nginx-folder.ts";
import { nginxBuild, type NginxSettings, testNginx } from "./nginx-program.ts";
import type { Site, Steering } from "./nginx-site.ts";
import { isReloading } from "./reload-note.ts";
import { siteTraffic, steeringOf, type Traffic } from "./site-traffic.ts";
import { type NginxOptions, siteWriter } from "./site-writer.ts";
import { setSwitches } from "./switches.ts";

/** A site as it is installed and as it is. */
export interface SiteStatus {
  readonly site: Site;
  /** Whether what is written agrees with the services. */
  readonly isCurrent: boolean;
  /** Ports of instances that should get traffic. */
  readonly ports: readonly number[];
  /** Ports of instances that are out of the traffic at the moment. */
  readonly out: readonly number[];
}

/** How nginx and the sites are. */
export interface NginxStatus {
  readonly version: string;
  /** The main configuration. */
  readonly conf: string;
  /** Whether it includes the sites. */
  readonly isIncluded: boolean;
  /** Its master's pid; `undefined`: it does not run. */
  readonly pid: number | undefined;
  /** How traffic is sent elsewhere during a reload; `undefined`: it does not run. */
  readonly steering: Steering["type"] | undefined;
  readonly sites: readonly SiteStatus[];
}

/** nginx in front of services. Every change may throw `NGINX_NOT_FOUND`, `NGINX_REFUSED`, `NGINX_NOT_RELOADED`. */
export interface Nginx {
  /**
   * What would be written for a site: its upstream and server.
   * @throws TetraError `GROUP_NOT_FOUND`, `NO_PORT`, `NGINX_TEXT`, `NGINX_TEMPLATE`
   */
  generate(site: Site): Promise<string>;
  /**
   * Installs sites, or changes them, and includes them in the `nginx.conf`.
   * @throws TetraError `GROUP_NOT_FOUND`, `NO_PORT`, `NGINX_CONF`, `NGINX_TEXT`, `NGINX_TEMPLATE`
   */
  install(sites: readonly Site[], settings?: NginxSettings): Promise<NginxChange>;
  /** Takes sites away; the line in the `nginx.conf` with the last one. @throws TetraError `SITE_NOT_FOUND` */
  uninstall(names: readonly string[]): Promise<NginxChange>;
  /** Brings what is written in line with the services: all sites, or these. */
  sync(names?: readonly string[]): Promise<NginxChange>;
  /** The sites that are installed. */
  sites(): readonly Site[];
  /** What is installed, and whether it runs. */
  status(): Promise<NginxStatus>;
  /** What `nginx -t` says of the whole configuration. @throws TetraError `NGINX_REFUSED` */
  test(): Promise<string>;
  /** The traffic of a group, if a site is installed for it and nginx runs. */
  traffic(group: InstanceGroup): Promise<Traffic | undefined>;
}

/** nginx in front of the services of one folder. */
export function openNginx(options: NginxOptions): Nginx {
  const { services, folder: tsmFolder } = options;
  const writer = siteWriter(options);
  const { fs, parts, folder } = writer;

  return {
    async generate(site) {
      const settings = folder.readSettings();
      const routed = writer.routedEach()(findGroup(services, site.name).name);
      const version = await nginxBuild(parts, settings).then(
        (build) => build.version,
        () => "0", // it may be another machine's
      );
      const scene = { settings, conf: "", version, running: undefined };
      return writer.wantedOf(scene, writer.withPort({ site, routed })).text ?? "";
    },

    install: (sites, given = {}) =>
      writer.change(async () => {
        const settings = { ...folder.readSettings(), ...given };
        const scene = await writer.look(settings);
        const conf = readConf(fs, scene.conf);
        const routedOf = writer.routedEach();
        const installed = folder.readSites();
        const all = sites.map((site) => {
          const group = findGroup(services, site.name);
          requirePorts(group);
          const { standInPort } = installed.find(({ name }) => name === group.name) ?? {};
          const named = { ...site, name: group.name };
          return {
            site: standInPort === undefined ? named : { ...named, standInPort },
            routed: routedOf(group.name),
          };
        });
        const text = withInclude(conf.text, folder.conf);
        const result = await writer.write(scene, all, [{ path: conf.path, text }]);
        folder.writeSettings(settings);
        return result;
      }),

    uninstall: (names) =>
      writer.change(async () => {
        const scene = await writer.look(folder.readSettings());
        const installed = folder.readSites();
        for (const name of names) requireSite(installed, name);
        const rest = installed.filter(({ name }) => !names.includes(name));
        const conf = readConf(fs, scene.conf);
        const without = { path: conf.path, text: withoutInclude(conf.text) };
        const result = await writer.apply(scene, [
          ...names.map((name) => ({ path: folder.confOf(name), text: undefined })),
          ...(rest.length === 0 ? [without] : []),
        ]);
        for (const name of names) {
          folder.removeSite(name);
          setSwitches(fs, folder.switchesOf(name), []);
        }
        return result;
      }),

    async sync(names) {
      const sites = folder.readSites();
      if (sites.length === 0) return { changed: [], nginx: "unchanged" };
      return writer.change(async () => {
        const scene = await writer.look(folder.readSettings());
        const routedOf = writer.routedEach();
        const meant = sites
          .filter(({ name }) => names?.includes(name) !== false)
          .filter(({ name }) => !isReloading(fs, tsmFolder, name)); // N4
        return writer.write(
          scene,
          meant.map((site) => ({ site, routed: routedOf(site.name) })),
        );
      });
    },

    sites: () => folder.readSites(),

    async status() {
      const scene = await writer.look(folder.readSettings());
      const conf = readConf(fs, scene.conf).text;
      const { running } = scene;
      const routedOf = writer.routedEach();
      return {
        version: scene.version,
        conf: scene.conf,
        isIncluded: conf.split("\n").includes(includeLine(folder.conf)),
        pid: running?.master.pid,
        steering: running === undefined ? undefined : steeringOf(running),
        sites: folder.readSites().map((site) => {
          const routed = routedOf(site.name);
          const { path, text } = writer.wantedOf(scene, { site, routed });
          return {
            site,
            isCurrent: textAt(fs, path) === text,
            ports: routed.members.map(({ port }) => port),
            out: writer.outOf(site.name),
          };
        }),
      };
    },

    async test() {
      const { settings, conf } = await writer.look(folder.readSettings());
      return testNginx(parts, settings, conf);
    },

    traffic: (group) => siteTraffic(writer, services, group),
  };
}

/** @throws TetraError `SITE_NOT_FOUND` */
function requireSite(sites: readonly InstalledSite[], name: string): void {
  if (sites.some((one) => one.name === name)) return;
  throw new TetraError<InstancesErrorCode>("SITE_NOT_FOUND", `nothing is installed for ${name}`, {
    hint: "see tsm nginx status",
    details: { name },
  });
}

/** @throws TetraError `NO_PORT` */
function requirePorts({ instances }: InstanceGroup): void {
  const without = instances.find(({ port }) => port === undefined);
  if (without === undefined) return;
  throw new TetraError<InstancesErrorCode>("NO_PORT", `${without.name} has no port`, {
    hint: "start it with --port",
    details: { name: without.name },
  });
}
