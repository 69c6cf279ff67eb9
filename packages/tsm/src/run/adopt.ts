import { flushFolder, removeTree, writeFileAtomic } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import { appendHistory } from "../files/history.ts";
import { servicePaths } from "../files/layout.ts";
import { type Meta, parseMeta } from "../files/meta.ts";
import { isServiceName } from "../files/service-name.ts";
import { metaByJournal, readMeta, writeMeta } from "../files/store.ts";
import type { ProcessId } from "../platform/platform.ts";
import { noteEnd } from "./note-end.ts";
import type { Parts } from "./parts.ts";
import { checkStartable, writeDown } from "./start.ts";

/** A process that somebody else started, and how it is to be known as a service. */
export interface AdoptedProcess {
  readonly name: string;
  readonly pid: number;
  /** For people to read, and for a restart. */
  readonly command: string;
  readonly cwd: string;
  readonly port?: number;
  readonly org?: string;
  /** What `meta.json` says besides: `interpreter`, `process_type`, `env_file`, `prehook`, later tools' keys. */
  readonly about?: Readonly<Record<string, string>>;
}

/** What came of it. */
export interface Adopted {
  readonly meta: Meta;
  /** `false`: nobody has that pid any more, and the service is noted as crashed. */
  readonly isAlive: boolean;
}

/**
 * Makes a process that somebody else started a service. It is recognised from now on by its pid and when it
 * began; how it ends will not be known. The caller holds the lock.
 * @throws TetraError `ALREADY_RUNNING`, `LEFTOVERS`
 */
export async function adopt(parts: Parts, adopted: AdoptedProcess): Promise<Adopted> {
  const { fs, layout, platform } = parts;
  const { name, pid } = adopted;
  const before = readMeta(parts, name);
  const last = before ?? metaByJournal(parts, name);
  const ended = last === undefined ? undefined : await checkStartable(parts, last);
  if (before !== undefined && ended !== undefined) noteEnd(parts, before, ended);
  const found = platform.process(pid);
  const main = found?.state === "zombie" ? undefined : found;

  forgetRuns(parts, name); // what an earlier run of ours left would be taken for this one
  const meta = await writeDown(parts, metaOfAdopted(parts, { adopted, before, main }));
  await writeMeta(parts, meta);
  flushFolder(fs, layout.processes);
  if (main !== undefined) {
    const text = new TextEncoder().encode(`${pid}\n`);
    writeFileAtomic(fs, servicePaths(layout, name).pid, text, { durable: false });
  }
  appendHistory(parts, { event: "adopted", name, id: meta.tsm_id, pid: main?.pid });
  return { meta, isAlive: main !== undefined };
}

/** @throws TetraError `INVALID_SERVICE` */
export function checkAdopted({ name, pid, cwd }: AdoptedProcess): void {
  const why = isServiceName(name)
    ? Number.isInteger(pid) && pid > 1
      ? cwd.startsWith("/")
        ? undefined
        : `${JSON.stringify(cwd)} is no absolute path`
      : `${pid} is no pid`
    : `${JSON.stringify(name)} cannot be the name of a service`;
  if (why === undefined) return;
  throw new TetraError<TsmErrorCode>("INVALID_SERVICE", `${name}: ${why}`, {
    hint: "give a name without slashes, a pid above 1, and an absolute folder",
    details: { name, pid, cwd },
  });
}

interface Known {
  readonly adopted: AdoptedProcess;
  readonly before: Meta | undefined;
  /** The process, if it lives. */
  readonly main: ProcessId | undefined;
}

function metaOfAdopted({ platform, clock }: Parts, { adopted, before, main }: Known): Meta {
  const { name, pid, command, cwd, port, org, about = {} } = adopted;
  const beganMs = main === undefined ? clock.now() : platform.startedAtMs(main);
  const written = {
    ...about,
    command,
    cwd,
    port: port ?? "none",
    start_time: Math.floor(beganMs / 1000),
    status: main === undefined ? "crashed" : "online",
    ...(main === undefined ? {} : { pid }),
    ...(org === undefined ? {} : { org }),
    ...(before?.tsm_id === undefined ? {} : { tsm_id: before.tsm_id }),
  };
  return parseMeta(JSON.stringify(written), name);
}

function forgetRuns({ fs, layout }: Parts, name: string): void {
  const { runs, environment, origin } = servicePaths(layout, name);
  if (fs.stat(runs) !== undefined) removeTree(fs, runs);
  for (const path of [environment, origin]) if (fs.stat(path) !== undefined) fs.removeFile(path);
}
