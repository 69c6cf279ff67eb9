import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { type FileLock, isSystemError } from "@tetra/durable-fs";
import { noteBegun, readLastBegun, readRun } from "../files/journal.ts";
import { servicePaths } from "../files/layout.ts";
import type { Meta } from "../files/meta.ts";
import type { ServiceEnvironment } from "../files/store.ts";
import { readSupervision } from "../files/supervision-file.ts";
import { noteOffsets } from "../logs/offset-index.ts";
import { type ErrorLengths, openLogFiles } from "./log-files.ts";
import { newCookie } from "./new-cookie.ts";
import { isOver, type Observed, observe } from "./observe.ts";
import type { Parts } from "./parts.ts";
import { checkRunnable } from "./service-spec.ts";
import { spawnShim } from "./spawn-shim.ts";
import { failedToSpawn } from "./start-failure.ts";

// What beginning a run keeps, whoever dies:
//
// S1. Everything from looking to knowing is done under the service's lock.
// S2. Before the shim is spawned, the journal says which run begins ("begun"): whatever the shim notes is
//     known to belong to it, and the next run gets another number. The line is not flushed. Only a power
//     cut could take it, and that ends the run as well and changes the boot. So that numbers which were
//     given before a power cut and are given again after it are no harm, only those lines count that
//     name both the run's number and its boot; and numbers go on from the highest that any file knows.
// S3. The shim has the lock until it has noted itself (H1): if the starter dies, the next one waits for
//     that line, and finds either it or that nothing was spawned.
// S4. A person's start begins nothing while a process of an earlier run lives: it is refused. A restart
//     ends those first. So does `revive` where the port is taken; the others it ends right after the
//     spawn, because looking for them takes longer than starting: they are not the service's command,
//     which is over, and what they hinder is tried again.
// S5. Before a start is acknowledged, `meta.json`, what is kept beside it, and their folders are flushed.

/** What a run is made of. */
export interface Planned {
  /** As it is now; the generation is that of the last run. */
  readonly meta: Meta;
  readonly environment: ServiceEnvironment;
}

/** A run whose shim was spawned. */
export interface Begun {
  /** With this run's generation. */
  readonly meta: Meta;
  readonly shim: ChildProcess;
  /** How long the files of its errors were before. */
  readonly before: ErrorLengths;
}

const FIRST_LOOK_MS = 1;
const LONGEST_LOOK_MS = 25;
/** How long a shim may take to run its command, on a very busy machine. */
const SHIM_MS = 30_000;

function nextRun(parts: Parts, meta: Meta): Meta {
  const bootId = parts.platform.bootId();
  const { pid: _before, ...rest } = meta;
  return {
    ...rest,
    desired: "online",
    status: "starting",
    generation: lastNumber(parts, meta, bootId) + 1,
    boot_id: bootId,
    cookie: newCookie(),
    start_time: Math.floor(parts.clock.now() / 1000),
  };
}

/** A power cut, or half a removal, may have left the journal or what was remembered without the run (S2). */
function lastNumber(
  parts: Parts,
  { name, generation, boot_id: before }: Meta,
  bootId: string,
): number {
  const { journal } = servicePaths(parts.layout, name);
  const begun = readLastBegun(parts.fs, journal)?.generation ?? 0;
  if (before === bootId) return Math.max(generation, begun);
  const { generation: remembered = 0, countedGeneration: counted = 0 } =
    readSupervision(parts, name) ?? {};
  return Math.max(generation, begun, remembered, counted);
}

/**
 * Begins the next run. The caller holds the lock and has seen that the last one is over.
 * @throws TetraError `LOG_UNWRITABLE`, `CWD_NOT_FOUND`, `COMMAND_NOT_FOUND`, `START_FAILED`
 */
export async function beginRun(
  parts: Parts,
  lock: FileLock,
  { meta, environment }: Planned,
): Promise<Begun> {
  const { fs, layout, clock } = parts;
  const { name, argv, cwd, prehook, care } = meta;
  checkRunnable({ name, argv, cwd, environment });
  const paths = servicePaths(layout, name);
  const wanted = { hasPrehook: prehook !== "", mergeOutput: care.mergeOutput === true };
  const files = openLogFiles(fs, { name, paths }, wanted);
  try {
    const next = nextRun(parts, meta);
    const { generation, boot_id: bootId, cookie, restarts } = next;
    const atMs = clock.now();
    noteOffsets({ fs, paths, atMs, why: "start" });
    noteBegun(fs, files.journal, { generation, bootId, cookie, restarts, atMs }); // S2
    const input = { meta: next, environment, files, alive: paths.alive, lock: lock.fd }; // S3
    const shim = await spawnShim(parts.shell, input).catch((error: unknown) => {
      throw isSystemError(error) ? failedToSpawn(name, error) : error;
    });
    return { meta: next, shim, before: files.before };
  } finally {
    files.close();
  }
}

/** Waits until the command runs or the run is over. A shim that hangs is killed: it must not run later. */
export async function untilNoted(parts: Parts, { meta, shim }: Begun): Promise<Observed> {
  const { fs, layout, clock } = parts;
  const { journal } = servicePaths(layout, meta.name);
  const id = { generation: meta.generation, bootId: meta.boot_id };
  const beganMs = clock.now();
  for (;;) {
    const hasEnded = shim.exitCode !== null || shim.signalCode !== null;
    const { main } = readRun(fs, journal, id);
    if (main !== undefined || hasEnded) {
      // while the shim lives, the lock may be its own: nothing noted yet is no end
      const observed = observe(parts, meta, { holdsLock: hasEnded });
      if (observed.main !== undefined || isOver(observed.state)) return observed;
    }
    const waitedMs = clock.now() - beganMs;
    if (waitedMs > SHIM_MS) {
      shim.kill("SIGKILL");
      return observe(parts, meta);
    }
    // what takes long need not be looked at often: many may be starting
    await clock.sleep(Math.min(Math.max(waitedMs / 8, FIRST_LOOK_MS), LONGEST_LOOK_MS));
  }
}

/** Sees to it that a run which did not come to its command never does. */
export async function breakOff(parts: Parts, { meta, shim }: Begun): Promise<void> {
  const { journal } = servicePaths(parts.layout, meta.name);
  const { main } = readRun(parts.fs, journal, {
    generation: meta.generation,
    bootId: meta.boot_id,
  });
  if (main !== undefined || shim.exitCode !== null || shim.signalCode !== null) return;
  const ended = once(shim, "exit");
  shim.kill("SIGKILL");
  await ended;
}
