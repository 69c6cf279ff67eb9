import {
  type FileSystem,
  isSystemError,
  makeFolders,
  readFile,
  writeFileAtomic,
} from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import { join } from "node:path/posix";
import { countFrom, parseRecord, textFrom } from "../files/lenient.ts";
import { namesIn } from "../files/names-in.ts";
import type { InstancesErrorCode } from "./errors.ts";
import type { NginxSettings } from "./nginx-program.ts";
import { encodeName, type Site } from "./nginx-site.ts";

/** A site as it is written down. */
export interface InstalledSite extends Site {
  /** The port that is kept for the stand-in of the only instance. */
  readonly standInPort?: number;
}

/** What is below `$TETRA_DIR/tsm/nginx`. */
export interface NginxFolder {
  /** What is included in the `nginx.conf`. */
  readonly conf: string;
  /** Byte 0 is locked by whoever changes something. */
  readonly lock: string;
  /** There while what is written has not been taken by nginx yet. */
  readonly pending: string;
  confOf(site: string): string;
  /** The folder of a site's switches. */
  switchesOf(site: string): string;
  readSettings(): NginxSettings;
  writeSettings(settings: NginxSettings): void;
  /** @throws TetraError `INVALID_SITE` */
  readSites(): readonly InstalledSite[];
  writeSite(site: InstalledSite): void;
  removeSite(name: string): void;
}

const encoder = new TextEncoder();

/** The folder of what is generated for nginx; nothing is made before something is written. */
export function nginxFolder(fs: FileSystem, tsmFolder: string): NginxFolder {
  const folder = join(tsmFolder, "nginx");
  const sites = join(folder, "sites");
  const settingsFile = join(folder, "settings.json");
  const siteFile = (name: string): string => join(sites, `${encodeName(name)}.json`);
  return {
    conf: join(folder, "conf.d"),
    lock: join(folder, "lock"),
    pending: join(folder, "pending"),
    confOf: (site) => join(folder, "conf.d", `${encodeName(site)}.conf`),
    switchesOf: (site) => join(folder, "out", encodeName(site)),
    readSettings() {
      const text = textAt(fs, settingsFile);
      return text === undefined ? {} : settingsFrom(parse(text, settingsFile));
    },
    writeSettings(settings) {
      makeFolders(fs, folder, { durable: true });
      writeJson(fs, settingsFile, settings);
    },
    readSites() {
      return namesIn(fs, sites)
        .filter((name) => name.endsWith(".json"))
        .toSorted()
        .flatMap((name) => {
          const path = join(sites, name);
          const text = textAt(fs, path);
          return text === undefined ? [] : [siteFrom(parse(text, path), path)];
        });
    },
    writeSite(site) {
      makeFolders(fs, sites, { durable: true });
      writeJson(fs, siteFile(site.name), site);
    },
    removeSite(name) {
      removeIfThere(fs, siteFile(name));
    },
  };
}

/** The text of a file; `undefined`: there is none. */
export function textAt(fs: FileSystem, path: string): string | undefined {
  try {
    return new TextDecoder().decode(readFile(fs, path));
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Removes a file that may be gone already. */
export function removeIfThere(fs: FileSystem, path: string): void {
  try {
    fs.removeFile(path);
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}

function writeJson(fs: FileSystem, path: string, value: unknown): void {
  const bytes = encoder.encode(`${JSON.stringify(value, undefined, 2)}\n`);
  writeFileAtomic(fs, path, bytes, { durable: true });
}

function parse(text: string, path: string): Readonly<Record<string, unknown>> {
  return parseRecord(text, (why) => invalid(path, why));
}

function settingsFrom({ nginx, conf, pid }: Readonly<Record<string, unknown>>): NginxSettings {
  return { ...textual("nginx", nginx), ...textual("conf", conf), ...textual("pid", pid) };
}

function siteFrom(read: Readonly<Record<string, unknown>>, path: string): InstalledSite {
  const name = textFrom(read["name"]);
  const domain = textFrom(read["domain"]);
  const listen = textFrom(read["listen"]);
  const standInPort = countFrom(read["standInPort"]);
  if (name === undefined || domain === undefined || listen === undefined) {
    throw invalid(path, "name, domain or listen is missing");
  }
  return {
    name,
    domain,
    listen,
    ...textual("template", read["template"]),
    ...(standInPort === undefined ? {} : { standInPort }),
  };
}

function textual<Key extends string>(key: Key, value: unknown): { readonly [K in Key]?: string } {
  const given: { [K in Key]?: string } = {};
  if (typeof value === "string") given[key] = value;
  return given;
}

function invalid(path: string, why: string): TetraError<InstancesErrorCode> {
  return new TetraError("INVALID_SITE", `${path}: ${why}`, {
    hint: "correct it, or remove it and run tsm nginx install again",
    details: { path },
  });
}
