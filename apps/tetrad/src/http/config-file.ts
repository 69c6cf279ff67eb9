import { join } from "node:path";
import { isSystemError, readFile, writeFileAtomic } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import * as z from "zod/mini";
import { configFolder, type ConfigPlace, lockConfig } from "../config-folder.ts";
import { firstProblem, strictObject } from "../config-shape.ts";
import type { TetradErrorCode } from "../errors.ts";
import { DEFAULT_PORT, type HttpSettings } from "./settings.ts";

const PORT = "must be a number from 0 to 65535";
const path = z.string("must be text").check(z.regex(/^\//, "must be an absolute path"));
const name = z.string("must be text").check(z.minLength(1, "must not be empty"));

/** `http` in the file, as a person may write it. */
const httpOnDisk = strictObject({
  port: z.optional(z.int(PORT).check(z.minimum(0, PORT), z.maximum(65_535, PORT))),
  address: z.optional(name),
  hosts: z.optional(z.array(name, "must be a list of names")),
  tls: z.optional(strictObject({ cert: path, key: path })),
  behind_proxy: z.optional(z.boolean("must be true or false")),
});
// loose: the daemon will have further settings, and an older program must keep them
const configOnDisk = z.looseObject({ http: z.optional(httpOnDisk) }, "must be an object");

/** Where the daemon's settings are. */
export function configPath(tetraDir: string): string {
  return join(configFolder(tetraDir), "tetrad.json");
}

/** How HTTP is to be served; `undefined`: not at all. @throws TetraError `CONFIG_INVALID` */
export function readHttpSettings(place: ConfigPlace): HttpSettings | undefined {
  const { http } = read(place);
  if (http === undefined) return undefined;
  const { port = DEFAULT_PORT, address, hosts = [], tls, behind_proxy: behindProxy = false } = http;
  return {
    port,
    hosts,
    behindProxy,
    ...(address === undefined ? {} : { address }),
    ...(tls === undefined ? {} : { tls }),
  };
}

/**
 * Writes down how HTTP is to be served from now on, or that it is not; durable once resolved.
 * @throws TetraError `CONFIG_INVALID`
 */
export async function writeHttpSettings(
  place: ConfigPlace,
  settings: HttpSettings | undefined,
): Promise<void> {
  const lock = await lockConfig(place);
  try {
    const { http: _, ...others } = read(place);
    const config = { ...others, http: settings === undefined ? undefined : onDisk(settings) };
    const bytes = new TextEncoder().encode(`${JSON.stringify(config, undefined, 2)}\n`);
    writeFileAtomic(place.fs, configPath(place.tetraDir), bytes, { durable: true });
  } finally {
    lock.release();
  }
}

function onDisk(settings: HttpSettings): z.infer<typeof httpOnDisk> {
  const { port, address, hosts, tls, behindProxy } = settings;
  return {
    port,
    address,
    hosts: hosts.length === 0 ? undefined : [...hosts],
    tls,
    behind_proxy: behindProxy ? true : undefined,
  };
}

function read({ fs, tetraDir }: ConfigPlace): z.infer<typeof configOnDisk> {
  const file = configPath(tetraDir);
  try {
    const text = new TextDecoder().decode(readFile(fs, file));
    const checked = configOnDisk.safeParse(JSON.parse(text));
    if (checked.success) return checked.data;
    throw invalid(file, firstProblem(checked.error));
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return {};
    if (error instanceof SyntaxError) throw invalid(file, "it is not JSON");
    throw error;
  }
}

function invalid(file: string, why: string): TetraError<TetradErrorCode> {
  return new TetraError("CONFIG_INVALID", `${file}: ${why}`, {
    hint: "correct it, or remove it: HTTP is off without it",
    details: { path: file },
  });
}
