import {
  type FileSystem,
  isSystemError,
  readFile,
  writeFileAtomic,
  writeFileAtomicLater,
} from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { Clock } from "../clock.ts";
import type { TsmErrorCode } from "../errors.ts";
import { type LastRun, parseLastBegun, readJournal, readLastBegun } from "./journal.ts";
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

/** The names of all services: what has a `meta.json`, and the flat files of older tools. */
export function foundNames(store: Store): readonly string[] {
  const { fs, layout } = store;
  const isMade = (name: string): boolean =>
    (fs.stat(servicePaths(layout, name).meta)?.size ?? 0) > 0 ||
    fs.stat(`${layout.processes}/${name}${LEGACY}`) !== undefined;
  return takenNames(store).filter(isMade);
}

/** The names that services have, and those that are only claimed yet: by folders without a `meta.json`. */
export function takenNames({ fs, layout }: Pick<Store, "fs" | "layout">): readonly string[] {
  const names = textOr(() => fs.names(layout.processes)) ?? [];
  return [...new Set(names.map(withoutLegacy))].filter(isServiceName).toSorted();
}

function withoutLegacy(name: string): string {
  return name.endsWith(LEGACY) ? name.slice(0, -LEGACY.length) : name;
}

/**
 * What is written of a service: its `meta.json`, else the flat file of older tools, else nothing. A run
 * that was begun since is in it; an empty file, as a power cut leaves one that was never acknowledged,
 * is none.
 * @throws TetraError `INVALID_META`
 */
export function readMeta(store: Store, name: string): Meta | undefined {
  return readWritten(store, name)?.meta;
}

/** What is written of a service, and the end of its journal, which was read after it. */
export interface Written {
  readonly meta: Meta;
  /** Absent: it has none. */
  readonly journal?: string;
}

function readWritten({ fs, layout }: Store, name: string): Written | undefined {
  const paths = servicePaths(layout, name);
  const text = textOr(() => decoder.decode(readFile(fs, paths.meta)));
  if (text !== undefined && !/^[\0\s]*$/.test(text)) {
    const meta = parseMeta(text, name);
    const journal = readJournal(fs, paths.journal);
    return { meta: withJournal(meta, parseLastBegun(journal)), journal };
  }
  const flat = textOr(() => decoder.decode(readFile(fs, `${layout.processes}/${name}${LEGACY}`)));
  return flat === undefined ? undefined : { meta: parseLegacyMeta(flat, name) };
}

/**
 * What the journal alone tells of a service, whose `meta.json` is broken or gone; `undefined`: it tells of
 * no run.
 */
export function metaByJournal({ fs, layout }: Store, name: string): Meta | undefined {
  if (!isServiceName(name)) return undefined;
  const last = readLastBegun(fs, servicePaths(layout, name).journal);
  return last === undefined ? undefined : withJournal(parseMeta("{}", name), last);
}

function withJournal(meta: Meta, last: LastRun | undefined): Meta {
  if (last === undefined || last.generation < meta.generation) return meta;
  const run = last.generation > meta.generation ? withBegun(meta, last) : meta;
  // once it was written into meta.json, what that says counts: it may be wanted again
  const isNews = last.isToldToStop && run.stopped_generation !== last.generation;
  if (!isNews || run.boot_id !== last.bootId) return run;
  return { ...run, desired: "stopped", stopped_generation: last.generation };
}

/** Whoever began the run wrote the journal first, and may not have come to write `meta.json`. */
function withBegun(meta: Meta, begun: LastRun): Meta {
  const { pid: _before, ...rest } = meta;
  return {
    ...rest,
    desired: "online",
    status: "starting",
    generation: begun.generation,
    boot_id: begun.bootId,
    cookie: begun.cookie,
    restarts: begun.restarts,
    start_time: Math.floor(begun.atMs / 1000),
  };
}

/** The same, where there must be one. @throws TetraError `SERVICE_NOT_FOUND`, `INVALID_META` */
export function requireMeta(store: Store, name: string): Meta {
  return requireWritten(store, name).meta;
}

/** Both, where there must be a `meta.json`. @throws TetraError `SERVICE_NOT_FOUND`, `INVALID_META` */
export function requireWritten(store: Store, name: string): Written {
  const written = isServiceName(name) ? readWritten(store, name) : undefined;
  if (written !== undefined) return written;
  throw new TetraError<TsmErrorCode>(
    "SERVICE_NOT_FOUND",
    `there is no service ${JSON.stringify(name)}`,
    {
      hint: "list the services",
      details: { name },
    },
  );
}

/** Writes `meta.json`, durably once resolved. */
export async function writeMeta({ fs, layout }: Store, meta: Meta): Promise<void> {
  const { meta: path } = servicePaths(layout, meta.name);
  await writeFileAtomicLater(fs, path, encoder.encode(formatMeta(meta)));
}

/** Writes the `meta.json` of a service that nobody was told of yet: a power cut may leave it empty. */
export function writeFirstMeta({ fs, layout }: Store, meta: Meta): void {
  const { meta: path } = servicePaths(layout, meta.name);
  writeFileAtomic(fs, path, encoder.encode(formatMeta(meta)), { durable: false });
}

/** Which environment a service is started with. */
export type ServiceEnvironment = Readonly<Record<string, string>>;

/** What is kept of a service beside `meta.json`, private to the user. */
export interface Kept {
  readonly environment: ServiceEnvironment;
  /** How it was asked for: JSON; `undefined`: it was not said. */
  readonly origin: unknown;
}

/** Keeps it, durably once resolved. What is there already is not written again. */
export async function writeKept(store: Store, name: string, kept: Kept): Promise<void> {
  const { fs } = store;
  for (const [path, text] of keptFiles(store, name, kept)) {
    if (textOr(() => decoder.decode(readFile(fs, path))) === text) continue;
    await writeFileAtomicLater(fs, path, encoder.encode(text));
  }
  const { origin } = servicePaths(store.layout, name);
  if (kept.origin === undefined && fs.stat(origin) !== undefined) fs.removeFile(origin);
}

/** Keeps it for a service that nobody was told of yet: see {@link flushKept}. */
export function writeFirstKept(store: Store, name: string, kept: Kept): void {
  for (const [path, text] of keptFiles(store, name, kept)) {
    writeFileAtomic(store.fs, path, encoder.encode(text), { durable: false });
  }
}

/** Flushes what is kept, but not the folder it is in. */
export async function flushKept({ fs, layout }: Store, name: string): Promise<void> {
  const { environment, origin } = servicePaths(layout, name);
  const there = [environment, origin].filter((path) => fs.stat(path) !== undefined);
  const flush = async (path: string): Promise<void> => {
    const fd = fs.open(path, "read");
    await fs.flushLater(fd).finally(() => fs.close(fd));
  };
  await Promise.all(there.map(flush));
}

function keptFiles(
  { layout }: Store,
  name: string,
  { environment, origin }: Kept,
): readonly (readonly [path: string, text: string])[] {
  const paths = servicePaths(layout, name);
  const text = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
  const first = [paths.environment, text(environment)] as const;
  return origin === undefined ? [first] : [first, [paths.origin, text(origin)]];
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

/** How a service was asked for; `undefined` when it was not said, or cannot be read. */
export function readOrigin({ fs, layout }: Store, name: string): unknown {
  const text = textOr(() => decoder.decode(readFile(fs, servicePaths(layout, name).origin)));
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function textOr<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}
