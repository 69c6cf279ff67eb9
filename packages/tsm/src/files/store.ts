import { type FileSystem, isSystemError, readFile, writeFileAtomic } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { Clock } from "../clock.ts";
import type { TsmErrorCode } from "../errors.ts";
import { parseLegacyMeta } from "./legacy-meta.ts";
import { isRecord } from "./lenient.ts";
import { type Layout, servicePaths } from "./layout.ts";
import { formatMeta, type Meta, parseMeta } from "./meta.ts";
import { isServiceName } from "./service-name.ts";

/** The files of all services. */
export interface Store {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly layout: Layout;
}

const LEGACY = ".meta";
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The names of all services: folders, and the flat files of older tools. */
export function foundNames({ fs, layout }: Store): readonly string[] {
  const names = textOr(() => fs.names(layout.processes)) ?? [];
  return [...new Set(names.map(withoutLegacy))].filter(isServiceName).toSorted();
}

function withoutLegacy(name: string): string {
  return name.endsWith(LEGACY) ? name.slice(0, -LEGACY.length) : name;
}

/**
 * What is written of a service: its `meta.json`, else the flat file of older tools, else nothing.
 * @throws TetraError `INVALID_META`
 */
export function readMeta({ fs, layout }: Store, name: string): Meta | undefined {
  const text = textOr(() => decoder.decode(readFile(fs, servicePaths(layout, name).meta)));
  if (text !== undefined) return parseMeta(text, name);
  const flat = textOr(() => decoder.decode(readFile(fs, `${layout.processes}/${name}${LEGACY}`)));
  return flat === undefined ? undefined : parseLegacyMeta(flat, name);
}

/** The same, where there must be one. @throws TetraError `SERVICE_NOT_FOUND`, `INVALID_META` */
export function requireMeta(store: Store, name: string): Meta {
  const meta = isServiceName(name) ? readMeta(store, name) : undefined;
  if (meta !== undefined) return meta;
  throw new TetraError<TsmErrorCode>(
    "SERVICE_NOT_FOUND",
    `there is no service ${JSON.stringify(name)}`,
    {
      hint: "list the services",
      details: { name },
    },
  );
}

/** Writes `meta.json`, durably. */
export function writeMeta({ fs, layout }: Store, meta: Meta): void {
  const { meta: path } = servicePaths(layout, meta.name);
  writeFileAtomic(fs, path, encoder.encode(formatMeta(meta)), { durable: true });
}

/** Which environment a service is started with. */
export type ServiceEnvironment = Readonly<Record<string, string>>;

/** Keeps the environment of a service, durably; private to the user. */
export function writeEnvironment(
  { fs, layout }: Store,
  name: string,
  environment: ServiceEnvironment,
): void {
  const bytes = encoder.encode(`${JSON.stringify(environment, undefined, 2)}\n`);
  writeFileAtomic(fs, servicePaths(layout, name).environment, bytes, { durable: true });
}

/** The environment that was kept; `undefined` when there is none, or none that can be read. */
export function readEnvironment(
  { fs, layout }: Store,
  name: string,
): ServiceEnvironment | undefined {
  const text = textOr(() => decoder.decode(readFile(fs, servicePaths(layout, name).environment)));
  if (text === undefined) return undefined;
  const read: unknown = JSON.parse(text);
  if (!isRecord(read)) return undefined;
  const entries = Object.entries(read);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function textOr<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}
