import { makeFolders, nodeFileSystem } from "@tetra/durable-fs";
import { type Clock, systemClock } from "../clock.ts";
import type { ProgramRunner } from "../boot/run-program.ts";
import { waitForLock } from "../files/service-lock.ts";
import type { Platform } from "../platform/platform.ts";
import { systemPlatform } from "../platform/system-platform.ts";
import { readableServices } from "../readable-services.ts";
import type { Services } from "../services.ts";
import { applyToNginx, type NginxChange, type Scene, type Wanted } from "./apply-nginx.ts";
import { findGroups } from "./instance-group.ts";
import { type InstalledSite, type NginxFolder, nginxFolder } from "./nginx-folder.ts";
import {
  findNginx,
  keepsIdleConnections,
  nginxBuild,
  type NginxParts,
  type NginxSettings,
} from "./nginx-program.ts";
import { siteText, type Steering } from "./nginx-site.ts";
import { type Routed, routedNow, switchesFor, upstreamsOf } from "./routed.ts";
import { withStandInPort } from "./stand-in-port.ts";
import { portsOut, setSwitches } from "./switches.ts";

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

/** A site, and where its traffic goes. */
export interface RoutedSite {
  readonly site: InstalledSite;
  readonly routed: Routed;
}

/** Brings the files of sites in line with where their traffic should go. */
export interface SiteWriter {
  readonly fs: ReturnType<typeof nodeFileSystem>;
  readonly parts: NginxParts;
  readonly folder: NginxFolder;
  /** How nginx is at the moment. */
  look(settings: NginxSettings): Promise<Scene>;
  /** Acts under the lock. (N1) */
  change<Result>(act: () => Promise<Result>): Promise<Result>;
  /** What should be written for a site. */
  wantedOf(scene: Scene, routed: RoutedSite): Wanted;
  /** The same site with a port for a stand-in where it needs one. */
  withPort(routed: RoutedSite): RoutedSite;
  /** Brings sites in line, and other files with them; the caller is in `change`. */
  write(
    scene: Scene,
    sites: readonly RoutedSite[],
    besides?: readonly Wanted[],
  ): Promise<NginxChange>;
  /** Has nginx read files that are no site's; the caller is in `change`. */
  apply(scene: Scene, wanted: readonly Wanted[]): Promise<NginxChange>;
  /** Where the traffic of each goes, or should go when nobody reloads it. */
  routedEach(): (name: string) => Routed;
  /** The ports of a site's instances that are out of the traffic. */
  outOf(name: string): readonly number[];
}

const LOCK_TIMEOUT_MS = 60_000;

/** The writer for the services of one folder. */
export function siteWriter(options: NginxOptions): SiteWriter {
  const { services, run, platform = systemPlatform(), clock = systemClock } = options;
  const parts = { run, platform, clock };
  const fs = nodeFileSystem();
  const folder = nginxFolder(fs, options.folder);
  const applying = { ...parts, fs, pending: folder.pending };

  const writer: SiteWriter = {
    fs,
    parts,
    folder,
    async look(settings) {
      const build = await nginxBuild(parts, settings);
      const conf = settings.conf ?? build.conf;
      const running = findNginx(parts, settings, { conf, build });
      return { settings, conf, version: build.version, running };
    },
    async change(act) {
      makeFolders(fs, folder.conf, { durable: true });
      const what = "nginx's configuration";
      const wait = { fs, clock, what, path: folder.lock, timeoutMs: LOCK_TIMEOUT_MS };
      const lock = await waitForLock(wait);
      try {
        return await act();
      } finally {
        lock.release();
      }
    },
    wantedOf(scene, { site, routed }) {
      const steering: Steering =
        scene.running?.seesOurFiles === false
          ? { type: "reload", route: routed.route }
          : { type: "switches", folder: folder.switchesOf(site.name) };
      const keepsIdle = keepsIdleConnections(scene.version);
      const upstreams = upstreamsOf(site, routed);
      const text = siteText({ site, upstreams, steering, keepsIdle });
      return { path: folder.confOf(site.name), text };
    },
    withPort: ({ site, routed }) => ({
      site: withStandInPort(site, routed, { platform, reserved: () => reservedBeside(site.name) }),
      routed,
    }),
    async write(scene, sites, besides = []) {
      const withPorts = sites.map((one) => writer.withPort(one));
      const wanted = withPorts.map((one) => writer.wantedOf(scene, one));
      const result = await writer.apply(scene, [...wanted, ...besides]);
      for (const { site, routed } of withPorts) {
        folder.writeSite(site);
        const on = scene.running?.seesOurFiles === false ? [] : switchesFor(routed);
        setSwitches(fs, folder.switchesOf(site.name), on);
      }
      return result;
    },
    apply: (scene, wanted) => applyToNginx(applying, scene, wanted),
    routedEach() {
      const groups = findGroups(services);
      const groupOf = (name: string): (typeof groups)[number] | undefined =>
        groups.find((group) => group.name === name);
      return (name) => routedNow(groupOf(name), writer.outOf(name));
    },
    outOf: (name) => portsOut(fs, folder.switchesOf(name)),
  };
  return writer;

  function reservedBeside(name: string): ReadonlySet<number | undefined> {
    return new Set([
      ...folder
        .readSites()
        .filter((site) => site.name !== name)
        .map(({ standInPort }) => standInPort),
      ...readableServices(services).map(({ meta }) => meta.port),
    ]);
  }
}
