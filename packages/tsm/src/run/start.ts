import { type FileLock, flushFolderLater, isSystemError, writeFileAtomic } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import { appendHistory, type HistoryEvent } from "../files/history.ts";
import { servicePaths } from "../files/layout.ts";
import { type Meta, parseMeta } from "../files/meta.ts";
import {
  flushKept,
  metaByJournal,
  readMeta,
  writeFirstKept,
  writeFirstMeta,
  writeKept,
  writeMeta,
} from "../files/store.ts";
import type { RestartReason } from "../supervise/reconcile.ts";
import { actualPort } from "./actual-port.ts";
import { type Begun, beginRun, breakOff, type Planned, untilNoted } from "./begin-run.ts";
import { showCommand } from "./command-vector.ts";
import { checkNothingLeft, endLeftovers } from "./leftovers.ts";
import { noteEnd } from "./note-end.ts";
import { isOver, type Observed, observe } from "./observe.ts";
import type { Parts } from "./parts.ts";
import { type PortHolder, portHolder } from "./port-holder.ts";
import type { CheckedSpec } from "./service-spec.ts";
import { settle } from "./settle.ts";
import { failedToStart } from "./start-failure.ts";

/** A start that succeeded. */
export interface Started {
  readonly meta: Meta;
  readonly observed: Observed;
  /** Whether it listens on its port by now; `undefined` without a port. */
  readonly isListening: boolean | undefined;
  /** The port that it listens on: its own, or another than it said; `undefined`: none by now, or it said none. */
  readonly actualPort: number | undefined;
  /** Somebody else who has its port, though it runs. */
  readonly portHolder: PortHolder | undefined;
}

/** Starts what was specified, as a person asked for it: what fails at once is not wanted any more. */
export async function start(parts: Parts, lock: FileLock, spec: CheckedSpec): Promise<Started> {
  const { name, environment, origin, by } = spec;
  const before = readMeta(parts, name);
  // where somebody removed its meta.json, the journal knows what runs
  const last = before ?? metaByJournal(parts, name);
  const observed = last === undefined ? undefined : await checkStartable(parts, last);
  const ended = before && observed && noteEnd(parts, before, observed);
  const kept = { environment, origin };
  const planned = metaOf(spec, ended);
  if (planned.tsm_id === undefined) writeFirstKept(parts, name, kept);
  else await writeKept(parts, name, kept);
  const meta = await writeDown(parts, planned);
  try {
    return await run(parts, lock, { planned: { meta, environment }, event: "started", by });
  } catch (error) {
    await giveUp(parts, meta);
    throw error;
  }
}

/** What the last run came to. @throws TetraError `ALREADY_RUNNING`, `LEFTOVERS` */
export async function checkStartable(parts: Parts, meta: Meta): Promise<Observed> {
  const observed = observe(parts, meta, { holdsLock: true });
  const { state, main } = observed;
  if (!isOver(state)) {
    const { name, tsm_id: id } = meta;
    const pid = main?.pid;
    const which = pid === undefined ? "" : ` (pid ${pid})`;
    throw new TetraError<TsmErrorCode>("ALREADY_RUNNING", `${name} is ${state} already${which}`, {
      hint: "stop or restart it, or give the new one another name",
      details: { name, id, pid, state },
    });
  }
  await checkNothingLeft(parts, meta); // S4
  return observed;
}

/** What is to be written of a service, of which something may be written already. */
export function metaOf(spec: CheckedSpec, before: Meta | undefined): Meta {
  const { name, argv, cwd, port, restartPolicy, stopSignal, stopTimeoutMs, about } = spec;
  const { care, org, group, instance, prehook } = spec;
  const plain = parseMeta(JSON.stringify({ ...about, status: "stopped" }), name);
  return {
    ...plain,
    ...(before?.tsm_id === undefined ? {} : { tsm_id: before.tsm_id }),
    ...(port === undefined ? {} : { port }),
    ...(org === undefined ? {} : { org }),
    ...(group === undefined ? {} : { group }),
    ...(instance === undefined ? {} : { instance }),
    command: showCommand(argv),
    argv,
    cwd,
    umask: process.umask().toString(8).padStart(4, "0"),
    generation: before?.generation ?? 0,
    boot_id: before?.boot_id ?? "",
    stopped_generation: before?.stopped_generation ?? -1,
    ...(before?.ended_generation === undefined
      ? {}
      : { ended_generation: before.ended_generation }),
    ...(prehook === undefined ? {} : { prehook }),
    ...(care === undefined ? {} : { care }),
    ...(restartPolicy === undefined ? {} : { restart_policy: restartPolicy }),
    ...(stopSignal === undefined ? {} : { stop_signal: stopSignal }),
    ...(stopTimeoutMs === undefined ? {} : { stop_timeout_ms: stopTimeoutMs }),
  };
}

/**
 * Writes down what is to be run, for others to see. A first one gets its id, and is not flushed: it was
 * not acknowledged yet.
 */
export async function writeDown(parts: Parts, meta: Meta): Promise<Meta> {
  if (meta.tsm_id !== undefined) {
    await writeMeta(parts, meta);
    return meta;
  }
  let withId = meta;
  await parts.allotId(meta.name, (id) => {
    withId = { ...meta, tsm_id: id };
    writeFirstMeta(parts, withId);
  });
  return withId;
}

/** What to run, and what to say of it. */
export interface RunOrder {
  /** Written down. */
  readonly planned: Planned;
  readonly event: HistoryEvent;
  readonly by: string | undefined;
  /** Why, where it was not a person's wish. */
  readonly reason?: RestartReason | undefined;
}

/**
 * Runs and waits until that has come to something. The caller holds the lock, has seen that nothing runs,
 * and that the service has its id.
 * @throws TetraError `START_FAILED`, `PORT_IN_USE`, `LOG_UNWRITABLE`, `CWD_NOT_FOUND`,
 *   `COMMAND_NOT_FOUND`
 */
export async function run(parts: Parts, lock: FileLock, order: RunOrder): Promise<Started> {
  const begun = await beginRun(parts, lock, order.planned);
  try {
    return await settled(parts, begun, order);
  } catch (error) {
    await breakOff(parts, begun);
    throw error;
  }
}

async function settled(parts: Parts, begun: Begun, order: RunOrder): Promise<Started> {
  const { meta } = begun;
  const { port, cookie } = meta;
  const { platform, scan, clock } = parts;
  const look = (): Observed => observe(parts, meta, { holdsLock: true });
  const noted = await untilNoted(parts, begun);
  const settling = { platform, scan, clock, cookie, port, look };
  const { observed, tree, isListening } = await settle(noted, settling);
  const started = await acknowledge(parts, { begun, observed, order });
  if (port === undefined || isListening === true) {
    return { meta: started, observed, isListening, actualPort: port, portHolder: undefined };
  }
  const pids = tree.map(({ pid }) => pid);
  return {
    meta: started,
    observed,
    isListening,
    actualPort: actualPort(platform, port, pids),
    portHolder: portHolder(platform, port, tree),
  };
}

/** What a run has come to. */
interface Acknowledged {
  readonly begun: Begun;
  readonly observed: Observed;
  readonly order: RunOrder;
}

/** Writes down that a run runs, durably. @throws TetraError `START_FAILED`, `PORT_IN_USE` */
export async function acknowledge(
  parts: Parts,
  { begun, observed, order }: Acknowledged,
): Promise<Meta> {
  const { main } = observed;
  if (main === undefined) throw await failedToStart(parts, begun, observed);
  const meta: Meta = { ...begun.meta, status: "online", pid: main.pid };
  const { name, tsm_id: id, generation } = meta;
  const { fs, layout } = parts;
  await flushKept(parts, name);
  await Promise.all([writeMeta(parts, meta), flushFolderLater(fs, layout.processes)]); // S5
  const pidText = new TextEncoder().encode(`${main.pid}\n`);
  writeFileAtomic(fs, servicePaths(layout, name).pid, pidText, { durable: false });
  const { event, by, reason } = order;
  const { pid } = main;
  appendHistory(parts, { event, name, id, generation, pid, reason, by });
  return meta;
}

/** A start that failed, for whatever reason, leaves nothing running, and nothing that is wanted. */
async function giveUp(parts: Parts, meta: Meta): Promise<void> {
  try {
    const now = readMeta(parts, meta.name) ?? meta;
    await endLeftovers(parts, now);
    const over = noteEnd(parts, now, observe(parts, now, { holdsLock: true }));
    await writeMeta(parts, { ...over, desired: "stopped", status: "crashed" });
  } catch (error) {
    // why the start failed is told: a disk that is full, most likely
    if (!isSystemError(error)) throw error;
  }
}
