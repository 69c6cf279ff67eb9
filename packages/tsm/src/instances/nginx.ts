import { makeFolders, nodeFileSystem, writeFileAtomic } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { ProgramRunner } from "../boot/run-program.ts";
import { type Clock, systemClock } from "../clock.ts";
import { namesIn } from "../files/names-in.ts";
import { waitForLock } from "../files/service-lock.ts";
import type { Platform } from "../platform/platform.ts";
import { systemPlatform } from "../platform/system-platform.ts";
import { readableServices } from "../readable-services.ts";
import type { Services } from "../services.ts";
import {
  applyToNginx,
  type NginxChange,
  readConf,
  type Scene,
  type Wanted,
} from "./apply-nginx.ts";
import type { InstancesErrorCode } from "./errors.ts";
import { findGroup, findGroups, type InstanceGroup } from "./instance-group.ts";
import { includeLine, withInclude, withoutInclude } from "./nginx-conf.ts";
import { type InstalledSite, nginxFolder, removeIfThere, textAt } from "./nginx-folder.ts";
import {
  findNginx,
  keepsIdleConnections,
  nginxBuild,
  type NginxSettings,
  type RunningNginx,
  testNginx,
} from "./nginx-program.ts";
import { type Site, siteText, type Steering, switchName } from "./nginx-site.ts";
import type { Route } from "./plan-reload.ts";
import { isReloading } from "./reload-note.ts";
import { portsOf, type Routed, routedNow, switchesFor, upstreamsOf } from "./routed.ts";

// What changing nginx's files keeps:
//
// N1. Everything is done under one lock: two commands at once do not mix their files.
// N2. nginx is told to read again only what `nginx -t` has accepted; what it refuses is put back.
// N3. What was written and not read again, because its writer died, is read again by the next one.
// N4. A group that somebody reloads is that reloader's: nobody else changes where its traffic goes.

/** What nginx is handled with. */
export interface NginxOptions {
  /** The folder of the service manager: `$TETRA_DIR/tsm`. */
  readonly folder: string;
  readonly services: Services;
  readonly run: ProgramRunner;
  /** Default: this machine's. */
  readonly platform?: Platform;
  /** Default: this machine's. */
  readonly clock?: Clock;
}

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

/** The traffic of one group. */
export interface Traffic {
  /** How it is sent elsewhere; with `reload`, nginx closes idle connections of clients at each change. */
  readonly steering: Steering["type"];
  /** A port for the stand-in, which nginx knows by now. */
  standInPort(): Promise<number>;
  /** Sends it there; resolves when nobody is sent elsewhere any more. */
  route(to: Route): Promise<void>;
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

const LOCK_TIMEOUT_MS = 60_000;
/** Below the ports that systems give to outgoing connections. */
const STAND_IN_PORTS = { from: 20_000, count: 10_000 } as const;

/** nginx in front of the services of one folder. */
export function openNginx(options: NginxOptions): Nginx {
  const { services, run, folder: tsmFolder } = options;
  const platform = options.platform ?? systemPlatform();
  const clock = options.clock ?? systemClock;
  const parts = { run, platform, clock };
  const fs = nodeFileSystem();
  const folder = nginxFolder(fs, tsmFolder);
  const applying = { ...parts, fs, pending: folder.pending };

  async function look(settings: NginxSettings): Promise<Scene> {
    const build = await nginxBuild(parts, settings);
    const conf = settings.conf ?? build.conf;
    const running = findNginx(parts, settings, { conf, build });
    return { settings, conf, version: build.version, running };
  }

  /** Under the lock. (N1) */
  async function change<Result>(act: () => Promise<Result>): Promise<Result> {
    makeFolders(fs, folder.conf, { durable: true });
    const what = "nginx's configuration";
    const lock = await waitForLock({
      fs,
      clock,
      what,
      path: folder.lock,
      timeoutMs: LOCK_TIMEOUT_MS,
    });
    try {
      return await act();
    } finally {
      lock.release();
    }
  }

  /** What should be written for a site, given where its traffic goes. */
  function wantedOf(scene: Scene, site: InstalledSite, routed: Routed): Wanted {
    const steering: Steering =
      scene.running?.seesOurFiles === false
        ? { type: "reload", route: routed.route }
        : { type: "switches", folder: folder.switchesOf(site.name) };
    const keepsIdle = keepsIdleConnections(scene.version);
    const upstreams = upstreamsOf(site, routed);
    const text = siteText({ site, upstreams, steering, keepsIdle });
    return { path: folder.confOf(site.name), text };
  }

  /** Sets the switches of a site: files that nginx looks for at each request. */
  function setSwitches(site: Site, on: readonly number[]): void {
    const switches = folder.switchesOf(site.name);
    const names = on.map(switchName);
    const there = namesIn(fs, switches);
    for (const name of names.filter((one) => !there.includes(one))) {
      makeFolders(fs, switches, { durable: true });
      writeFileAtomic(fs, `${switches}/${name}`, new Uint8Array(), { durable: true });
    }
    for (const name of there.filter((one) => !names.includes(one))) {
      removeIfThere(fs, `${switches}/${name}`);
    }
  }

  /** A site with a port for a stand-in, if it has one instance; another, if that one is taken. */
  function withStandInPort(site: InstalledSite, { members, standIn }: Routed): InstalledSite {
    if (members.length !== 1) return site;
    const port =
      standIn?.isUp === true && standIn.port !== undefined ? standIn.port : freePort(site);
    return port === undefined ? site : { ...site, standInPort: port };
  }

  function freePort({ name, standInPort }: InstalledSite): number | undefined {
    const others = folder.readSites().filter((site) => site.name !== name);
    const reserved = new Set([
      ...others.map((site) => site.standInPort),
      ...readableServices(services).map(({ meta }) => meta.port),
    ]);
    const isFree = (port: number): boolean => platform.listeners(port).length === 0;
    if (standInPort !== undefined && isFree(standInPort)) return standInPort;
    return portsFor(name).find((port) => !reserved.has(port) && isFree(port));
  }

  /** Brings sites in line; each is given with where its traffic goes. */
  async function write(
    scene: Scene,
    sites: readonly { readonly site: InstalledSite; readonly routed: Routed }[],
    besides: readonly Wanted[] = [],
  ): Promise<NginxChange> {
    const withPorts = sites.map(({ site, routed }) => ({
      site: withStandInPort(site, routed),
      routed,
    }));
    const wanted = withPorts.map(({ site, routed }) => wantedOf(scene, site, routed));
    const result = await applyToNginx(applying, scene, [...wanted, ...besides]);
    for (const { site, routed } of withPorts) {
      folder.writeSite(site);
      setSwitches(site, scene.running?.seesOurFiles === false ? [] : switchesFor(routed));
    }
    return result;
  }

  /** Where the traffic of each goes, or should go when nobody reloads it. */
  function routedEach(): (name: string) => Routed {
    const groups = findGroups(services);
    return (name) =>
      routedNow(
        groups.find((group) => group.name === name),
        outOf(name),
      );
  }

  /** The ports of instances that are out of the traffic. */
  function outOf(name: string): readonly number[] {
    return namesIn(fs, folder.switchesOf(name)).map(Number).filter(Number.isInteger);
  }

  function siteOf(group: InstanceGroup): InstalledSite | undefined {
    return folder.readSites().find(({ name }) => name === group.name);
  }

  return {
    async generate(site) {
      const settings = folder.readSettings();
      const routed = routedEach()(findGroup(services, site.name).name);
      const version = await nginxBuild(parts, settings).then(
        (build) => build.version,
        () => "0", // it may be another machine's
      );
      const scene = { settings, conf: "", version, running: undefined };
      return wantedOf(scene, withStandInPort(site, routed), routed).text ?? "";
    },

    install: (sites, given = {}) =>
      change(async () => {
        const settings = { ...folder.readSettings(), ...given };
        const scene = await look(settings);
        const conf = readConf(fs, scene.conf);
        const routedOf = routedEach();
        const all = sites.map((site) => {
          const group = findGroup(services, site.name);
          requirePorts(group);
          const before = siteOf(group);
          const { standInPort } = before ?? {};
          const named = { ...site, name: group.name };
          return {
            site: standInPort === undefined ? named : { ...named, standInPort },
            routed: routedOf(group.name),
          };
        });
        const text = withInclude(conf.text, folder.conf);
        const result = await write(scene, all, [{ path: conf.path, text }]);
        folder.writeSettings(settings);
        return result;
      }),

    uninstall: (names) =>
      change(async () => {
        const scene = await look(folder.readSettings());
        const installed = folder.readSites();
        for (const name of names) requireSite(installed, name);
        const rest = installed.filter(({ name }) => !names.includes(name));
        const conf = readConf(fs, scene.conf);
        const without = { path: conf.path, text: withoutInclude(conf.text) };
        const result = await applyToNginx(applying, scene, [
          ...names.map((name) => ({ path: folder.confOf(name), text: undefined })),
          ...(rest.length === 0 ? [without] : []),
        ]);
        for (const name of names) {
          folder.removeSite(name);
          setSwitches(requireSite(installed, name), []);
        }
        return result;
      }),

    async sync(names) {
      const sites = folder.readSites();
      if (sites.length === 0) return { changed: [], nginx: "unchanged" };
      return change(async () => {
        const scene = await look(folder.readSettings());
        const routedOf = routedEach();
        const meant = sites
          .filter(({ name }) => names?.includes(name) !== false)
          .filter(({ name }) => !isReloading(fs, tsmFolder, name)); // N4
        return write(
          scene,
          meant.map((site) => ({ site, routed: routedOf(site.name) })),
        );
      });
    },

    sites: () => folder.readSites(),

    async status() {
      const scene = await look(folder.readSettings());
      const conf = readConf(fs, scene.conf).text;
      const { running } = scene;
      const routedOf = routedEach();
      return {
        version: scene.version,
        conf: scene.conf,
        isIncluded: conf.split("\n").includes(includeLine(folder.conf)),
        pid: running?.master.pid,
        steering: running === undefined ? undefined : steeringOf(running),
        sites: folder.readSites().map((site) => {
          const routed = routedOf(site.name);
          const { path, text } = wantedOf(scene, site, routed);
          return {
            site,
            isCurrent: textAt(fs, path) === text,
            ports: routed.members.map(({ port }) => port),
            out: outOf(site.name),
          };
        }),
      };
    },

    async test() {
      const { settings, conf } = await look(folder.readSettings());
      return testNginx(parts, settings, conf);
    },

    async traffic(group) {
      const site = siteOf(group);
      if (site === undefined) return undefined;
      const { running } = await look(folder.readSettings());
      if (running === undefined) return undefined;
      const members = portsOf(group.instances);
      const put = (route: Route): Promise<InstalledSite> =>
        change(async () => {
          const scene = await look(folder.readSettings());
          const { standIn } = findGroup(services, group.name);
          await write(scene, [
            { site: siteOf(group) ?? site, routed: { members, standIn, route } },
          ]);
          return siteOf(group) ?? site;
        });
      return {
        steering: steeringOf(running),
        async standInPort() {
          const { standInPort } = await put({ type: "all" });
          if (standInPort !== undefined) return standInPort;
          throw new TetraError<InstancesErrorCode>(
            "NO_PORT",
            `${group.name}: no port is free for a stand-in`,
            {
              hint: `free one from ${STAND_IN_PORTS.from} on`,
            },
          );
        },
        async route(to) {
          await put(to);
        },
      };
    },
  };
}

function steeringOf({ seesOurFiles }: RunningNginx): Steering["type"] {
  return seesOurFiles ? "switches" : "reload";
}

/** In which order ports are tried for a stand-in: each name begins elsewhere. */
function portsFor(name: string): readonly number[] {
  const { from, count } = STAND_IN_PORTS;
  const start = [...Buffer.from(name)].reduce((sum, byte) => (sum * 31 + byte) % count, 7);
  return Array.from({ length: count }, (_, index) => from + ((start + index) % count));
}

/** @throws TetraError `SITE_NOT_FOUND` */
function requireSite(sites: readonly InstalledSite[], name: string): InstalledSite {
  const site = sites.find((one) => one.name === name);
  if (site !== undefined) return site;
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
