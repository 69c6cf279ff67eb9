import { isTetraError, type TetraError } from "@tetra/errors";
import { isDiskFull } from "../files/disk-full.ts";
import { appendHistory } from "../files/history.ts";
import { lastKnownId } from "../files/ids.ts";
import { noteStop } from "../files/journal.ts";
import { servicePaths } from "../files/layout.ts";
import type { Meta } from "../files/meta.ts";
import { pidLives } from "../files/pid-file.ts";
import { metaByJournal } from "../files/store.ts";
import { endTree } from "./end-tree.ts";
import { checkNoSurvivors, livingProcesses, seedOf } from "./leftovers.ts";
import { noteEnd } from "./note-end.ts";
import { observe } from "./observe.ts";
import type { Parts } from "./parts.ts";
import { named } from "./port-holder.ts";
import type { Stopped, StopOptions } from "./stop.ts";

/** Whether an error says that `meta.json` does not tell of a service: it is broken, or gone. */
export function isUntold(error: unknown): error is TetraError {
  return isTetraError(error, "INVALID_META") || isTetraError(error, "SERVICE_NOT_FOUND");
}

/** What the journal alone tells of a service; `undefined`: nothing. */
export function toldByJournal(parts: Parts, name: string): Meta | undefined {
  const meta = metaByJournal(parts, name);
  const id = meta === undefined ? undefined : lastKnownId(parts, name);
  return meta === undefined || id === undefined ? meta : { ...meta, tsm_id: id };
}

/**
 * Ends every process of the last run of a service whose `meta.json` cannot be read. What a person may want
 * to correct is not written over: that it is to stay stopped is said in the journal. The caller holds the lock.
 * @returns `undefined`: nothing of it lives
 */
export async function stopByJournal(
  parts: Parts,
  meta: Meta,
  { signal = meta.stop_signal, timeoutMs = meta.stop_timeout_ms, by }: StopOptions,
): Promise<Stopped | undefined> {
  const { platform, scan, clock, fs, layout } = parts;
  const { name, tsm_id: id, generation } = meta;
  const found = await livingProcesses(parts, meta);
  if (found.length === 0) return undefined;
  const paths = servicePaths(layout, name);
  tellToStop(parts, meta); // before the first signal: an end that was asked for is no crash
  const seed = seedOf(parts, meta);
  const ending = { platform, scan, clock, seed, signal, timeoutMs, found };
  const { outcome, survivors } = await endTree(ending);
  const told = { ...meta, stopped_generation: generation };
  const observed = observe(parts, told, { holdsLock: true });
  if (survivors.length === 0) {
    noteEnd(parts, told, observed);
    if (fs.stat(paths.pid) !== undefined) fs.removeFile(paths.pid);
    appendHistory(parts, { event: "stopped", name, id, generation, outcome, by });
  }
  return {
    outcome,
    exit: observed.main === undefined ? observed.exit : undefined,
    survivors: named(platform, survivors),
    portHolder: undefined, // which port it had is not known
  };
}

/** What fills the disk is ended all the same. */
function tellToStop({ fs, layout }: Parts, { name, generation, boot_id: bootId }: Meta): void {
  try {
    noteStop(fs, servicePaths(layout, name).journal, { generation, bootId });
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}

/**
 * Ends what lives of a service whose `meta.json` cannot be read, so that it may be removed. The caller holds
 * the lock.
 * @param why what reading it was refused with
 * @throws TetraError `SURVIVORS`; and `why`, when there is no service, or when what has its pid may be a process
 *   that another tool started
 */
export async function endByJournal(
  parts: Parts,
  { name, why, stopping }: { name: string; why: TetraError; stopping: StopOptions },
): Promise<void> {
  const meta = toldByJournal(parts, name);
  const stopped = meta === undefined ? undefined : await stopByJournal(parts, meta, stopping);
  if (stopped !== undefined) {
    checkNoSurvivors(parts, name, stopped.survivors);
    return;
  }
  const isForeign = meta === undefined && pidLives(parts, servicePaths(parts.layout, name).pid);
  if (isForeign || !isTetraError(why, "INVALID_META")) throw why;
}
