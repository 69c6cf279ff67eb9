import * as files from "node:fs";
import { join } from "node:path";
import * as durable from "@tetra/durable-fs";
import { startService } from "./service-process.js";

/**
 * Where a service is deployed to: folders of releases, and a link `current` to the one that serves.
 * @typedef {{
 *   current: () => Promise<string | undefined>,
 *   install: (id: string, folder: string) => Promise<string>,
 *   pointCurrentTo: (link: string | undefined) => Promise<void>,
 *   start: (signal: AbortSignal) => Promise<import("./service-process.js").ServiceProcess>,
 *   get: (url: string, signal: AbortSignal) => Promise<string>,
 *   leave: () => Promise<void>,
 * }} Machine
 */

/**
 * This machine.
 * @param {string} site the folder of the service.
 * @returns {Machine}
 */
export function here(site) {
  const current = join(site, "current");
  const fs = durable.nodeFileSystem();
  durable.makeFolders(fs, join(site, "releases"), { durable: true });
  return {
    current: async () => (files.existsSync(current) ? files.readlinkSync(current) : undefined),
    async install(id, folder) {
      await durable.copyTree(fs, folder, join(site, "releases", id));
      durable.flushFolder(fs, join(site, "releases")); // on the disk before the link points there
      return `releases/${id}`;
    },
    // in one step, for good: the link is as it was before, or as it shall be
    async pointCurrentTo(link) {
      if (link === undefined) files.rmSync(current, { force: true });
      else durable.swapLink(fs, link, current);
      durable.flushFolder(fs, site);
    },
    start: (signal) => startService(files.realpathSync(current), signal),
    async get(url, signal) {
      const response = await fetch(url, { signal });
      return `${response.status} ${(await response.text()).trim()}`;
    },
    leave: async () => {},
  };
}
