import type { FileLock } from "@tetra/durable-fs";
import type { Meta } from "../files/meta.ts";
import { writeMeta } from "../files/store.ts";
import type { RestartReason } from "../supervise/reconcile.ts";
import { beginRun, untilNoted } from "./begin-run.ts";
import { checkNoSurvivors, endLeftovers } from "./leftovers.ts";
import { noteEnd } from "./note-end.ts";
import { isOver, observe } from "./observe.ts";
import type { Parts } from "./parts.ts";
import { planAgain, stopWholly } from "./restart.ts";
import { acknowledge, type Started, writeDown } from "./start.ts";
import { stop, type Stopped, type StopOptions } from "./stop.ts";

/**
 * Starts what has ended and should run, as fast as can be: nothing is flushed and no process table read
 * before the spawn. Returns when the command runs; whether it stays, its journal tells.
 * @param generation the run that was seen to have ended
 */
export async function revive(
  parts: Parts,
  lock: FileLock,
  { meta, generation }: { readonly meta: Meta; readonly generation: number },
): Promise<Started | undefined> {
  const observed = observe(parts, meta, { holdsLock: true });
  const isDue = meta.generation === generation && meta.desired === "online";
  if (!isDue || !isOver(observed.state)) return undefined;
  const { port } = meta;
  if (port !== undefined && parts.platform.listeners(port).length > 0) {
    checkNoSurvivors(parts, meta.name, await endLeftovers(parts, meta)); // S4
  }
  return runAgain(parts, lock, { meta: noteEnd(parts, meta, observed), last: meta });
}

/** Which run to replace, and how. */
export interface Renewal {
  readonly meta: Meta;
  /** The run that is to be replaced. */
  readonly generation: number;
  readonly reason: RestartReason | undefined;
  readonly stopping: StopOptions;
}

/** Replaces a run that lives by another. */
export async function renew(
  parts: Parts,
  lock: FileLock,
  { meta, generation, reason, stopping }: Renewal,
): Promise<Started | undefined> {
  const { state } = observe(parts, meta, { holdsLock: true });
  const isDue = meta.generation === generation && meta.desired === "online";
  if (!isDue || (state !== "online" && state !== "starting")) return undefined;
  const ended = await stopWholly(parts, meta, { ...stopping, forGood: false });
  return runAgain(parts, lock, { meta: ended, last: undefined, reason });
}

/** Carries on a stop whose author died; what is wanted stays as it is. */
export async function finishStop(
  parts: Parts,
  { meta, generation }: { readonly meta: Meta; readonly generation: number },
): Promise<Stopped | undefined> {
  const { state } = observe(parts, meta, { holdsLock: true });
  if (meta.generation !== generation || state !== "stopping") return undefined;
  const { stopped, meta: over } = await stop(parts, meta, { forGood: meta.desired === "stopped" });
  if (meta.desired === "online") await writeMeta(parts, over);
  return stopped;
}

interface NextOrder {
  /** What is to be written of the service, after its last run. */
  readonly meta: Meta;
  /** The run whose leftovers were not looked for yet. */
  readonly last: Meta | undefined;
  readonly reason?: RestartReason | undefined;
}

async function runAgain(
  parts: Parts,
  lock: FileLock,
  { meta, last, reason }: NextOrder,
): Promise<Started> {
  const { environment, after } = planAgain(parts, meta, {});
  const next = after(meta);
  const planned = {
    meta: next.tsm_id === undefined ? await writeDown(parts, next) : next,
    environment,
  };
  const begun = await beginRun(parts, lock, planned);
  const untilAcknowledged = async (): Promise<Started> => {
    const observed = await untilNoted(parts, begun);
    const order = { planned, event: "restarted", by: undefined, reason } as const;
    const acknowledged = await acknowledge(parts, { begun, observed, order });
    const unknown = { isListening: undefined, actualPort: undefined, portHolder: undefined };
    return { meta: acknowledged, observed, ...unknown };
  };
  // both are over before the lock is given back, however they end
  const [started, cleaned] = await Promise.allSettled([
    untilAcknowledged(),
    last === undefined ? [] : endLeftovers(parts, last), // S4
  ]);
  if (cleaned.status === "rejected") throw cleaned.reason;
  if (started.status === "rejected") throw started.reason;
  return started.value;
}
