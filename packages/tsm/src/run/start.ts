import { randomUUID } from "node:crypto";
import { type FileLock, flushFolder, isSystemError, writeFileAtomic } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import { allotId } from "../files/ids.ts";
import { servicePaths } from "../files/layout.ts";
import { type Meta, parseMeta } from "../files/meta.ts";
import { readMeta, type ServiceEnvironment, writeEnvironment, writeMeta } from "../files/store.ts";
import { showCommand } from "./command-vector.ts";
import { checkNothingLeft } from "./leftovers.ts";
import { openLogFiles } from "./log-files.ts";
import { type Observed, observe } from "./observe.ts";
import type { Parts } from "./parts.ts";
import { type PortHolder, portHolder } from "./port-holder.ts";
import { checkRunnable, type CheckedSpec } from "./service-spec.ts";
import { type Settled, settle } from "./settle.ts";
import { spawnShim } from "./spawn-shim.ts";
import { failedToSpawn, failedToStart } from "./start-failure.ts";

// What starting keeps, whoever dies:
//
// S1. Everything from looking to knowing is done under the service's lock.
// S2. The generation is durable in `meta.json` before the shim is spawned: whatever the shim notes is
//     known to belong to it.
// S3. The shim has the lock until it has noted itself (H1): if the starter dies, the next one waits for
//     that line, and finds either it or that nothing was spawned.
// S4. Nothing is started while a process of an earlier run lives.

/** A start that succeeded. */
export interface Started {
  readonly meta: Meta;
  readonly observed: Observed;
  /** Whether it listens on its port by now; `undefined` without a port. */
  readonly isListening: boolean | undefined;
  /** Somebody else who has its port, though it runs. */
  readonly portHolder: PortHolder | undefined;
}

/** Starts what was specified, as a person asked for it: what fails at once is not wanted any more. */
export async function start(parts: Parts, lock: FileLock, spec: CheckedSpec): Promise<Started> {
  const before = readMeta(parts, spec.name);
  if (before !== undefined) checkStartable(parts, before);
  writeEnvironment(parts, spec.name, spec.environment);
  const meta =
    before?.tsm_id === undefined
      ? await writeWithId(parts, metaOf(spec, before))
      : metaOf(spec, before);
  try {
    return await run(parts, lock, { meta, environment: spec.environment });
  } catch (error) {
    const now = readMeta(parts, spec.name) ?? meta;
    writeMeta(parts, { ...now, desired: "stopped", status: "crashed" });
    throw error;
  }
}

/** @throws TetraError `ALREADY_RUNNING`, `LEFTOVERS` */
function checkStartable(parts: Parts, meta: Meta): void {
  const { state, main } = observe(parts, meta, { holdsLock: true });
  if (state === "online" || state === "starting" || state === "stopping") {
    const { name, tsm_id: id } = meta;
    const pid = main?.pid;
    const which = pid === undefined ? "" : ` (pid ${pid})`;
    throw new TetraError<TsmErrorCode>("ALREADY_RUNNING", `${name} is ${state} already${which}`, {
      hint: "stop or restart it, or give the new one another name",
      details: { name, id, pid, state },
    });
  }
  checkNothingLeft(parts, meta); // S4
}

function metaOf(spec: CheckedSpec, before: Meta | undefined): Meta {
  const { name, argv, cwd, port, restartPolicy, stopSignal, stopTimeoutMs, about } = spec;
  const plain = parseMeta(JSON.stringify({ ...about, status: "stopped" }), name);
  return {
    ...plain,
    ...(before?.tsm_id === undefined ? {} : { tsm_id: before.tsm_id }),
    ...(port === undefined ? {} : { port }),
    command: showCommand(argv),
    argv,
    cwd,
    generation: before?.generation ?? 0,
    stopped_generation: before?.stopped_generation ?? -1,
    ...(restartPolicy === undefined ? {} : { restart_policy: restartPolicy }),
    ...(stopSignal === undefined ? {} : { stop_signal: stopSignal }),
    ...(stopTimeoutMs === undefined ? {} : { stop_timeout_ms: stopTimeoutMs }),
  };
}

/** Allots an id and writes it down. */
export async function writeWithId(parts: Parts, meta: Meta): Promise<Meta> {
  let written = meta;
  await allotId(parts, meta.name, (id) => {
    written = { ...meta, tsm_id: id };
    writeMeta(parts, written);
  });
  flushFolder(parts.fs, parts.layout.processes);
  return written;
}

/** What a run is made of. */
export interface Planned {
  /** As it is written now; the generation is that of the last run. */
  readonly meta: Meta;
  readonly environment: ServiceEnvironment;
}

/**
 * Begins the next run and waits until it has come to something. The caller holds the lock, has seen that
 * nothing runs, and that the service has its id.
 * @throws TetraError `START_FAILED`, `PORT_IN_USE`, `LOG_UNWRITABLE`, `CWD_NOT_FOUND`,
 *   `COMMAND_NOT_FOUND`
 */
export async function run(parts: Parts, lock: FileLock, planned: Planned): Promise<Started> {
  const { platform, clock } = parts;
  const { name, argv, cwd, port } = planned.meta;
  checkRunnable({ name, argv, cwd, environment: planned.environment });
  const files = openLogFiles(parts.fs, name, servicePaths(parts.layout, name));
  let meta: Meta = {
    ...planned.meta,
    desired: "online",
    status: "starting",
    generation: planned.meta.generation + 1,
    boot_id: platform.bootId(),
    cookie: randomUUID(),
    start_time: Math.floor(clock.now() / 1000),
  };
  const { observed, tree, isListening } = await spawnAndSettle().finally(() => files.close());
  const pid = observed.main?.pid;
  if (pid === undefined) throw failedToStart(parts, meta, { observed, errLength: files.errLength });
  meta = { ...meta, status: "online", pid };
  writeMeta(parts, meta);
  writePid(parts, name, pid);
  const holder =
    port === undefined || isListening === true ? undefined : portHolder(platform, port, tree);
  return { meta, observed, isListening, portHolder: holder };

  async function spawnAndSettle(): Promise<Settled> {
    writeMeta(parts, meta); // S2
    const shim = await spawnShim(parts.shell, {
      meta,
      environment: planned.environment,
      files,
      lock: lock.fd,
    }).catch((error: unknown) => {
      throw isSystemError(error) ? failedToSpawn(name, error) : error;
    });
    const hasEnded = (): boolean => shim.exitCode !== null || shim.signalCode !== null;
    // while the shim lives, the lock may be its own: nothing noted yet is no end
    const look = (): Observed => observe(parts, meta, { holdsLock: hasEnded() });
    const settled = await settle({
      platform: parts.glance,
      clock,
      cookie: meta.cookie,
      port,
      look,
    });
    if (settled.observed.state === "starting") shim.kill("SIGKILL"); // it hangs: it must not run later
    return settled;
  }
}

function writePid({ fs, layout }: Parts, name: string, pid: number): void {
  const bytes = new TextEncoder().encode(`${pid}\n`);
  writeFileAtomic(fs, servicePaths(layout, name).pid, bytes, { durable: false });
}
