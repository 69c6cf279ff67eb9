import { type FileLock, makeFolders } from "@tetra/durable-fs";
import type { TetraError } from "@tetra/errors";
import { checkCron } from "./care/cron.ts";
import { appendHistory, type HistoryEntry } from "./files/history.ts";
import { nameOfId, reserveId } from "./files/ids.ts";
import { ALIVE, servicePaths } from "./files/layout.ts";
import type { Meta } from "./files/meta.ts";
import { isLocked } from "./files/service-lock.ts";
import { isServiceName } from "./files/service-name.ts";
import {
  foundNames,
  readOrigin,
  requireMeta,
  requireWritten,
  type ServiceEnvironment,
  writeMeta,
} from "./files/store.ts";
import { readSupervision, type RememberedSupervision } from "./files/supervision-file.ts";
import { ledgerKeeper } from "./ports/keep-ledger.ts";
import { portStore } from "./ports/port-store.ts";
import { underLock, writing } from "./run/act.ts";
import { adopt, type Adopted, type AdoptedProcess, checkAdopted } from "./run/adopt.ts";
import { claimStatus, type ClaimedStatus, type OriginalStatus } from "./run/claim-status.ts";
import { noteEnd } from "./run/note-end.ts";
import { isOver, type Observed, observe } from "./run/observe.ts";
import type { Parts } from "./run/parts.ts";
import { checkSpec, type ServiceSpec } from "./run/service-spec.ts";
import { removeClaim, removeService } from "./run/remove.ts";
import { noteReady, untilReady } from "./run/ready.ts";
import { restart, stopWholly } from "./run/restart.ts";
import { finishStop, renew, revive } from "./run/revive.ts";
import { start, type Started } from "./run/start.ts";
import { stop, type Stopped, type StopOptions } from "./run/stop.ts";
import { endByJournal, isUntold, stopByJournal, toldByJournal } from "./run/stop-by-journal.ts";
import { sampleUsage, type UsageSample } from "./run/usage.ts";
import { usageOfAll } from "./run/usage-of-all.ts";
import { partsOf, type ServicesOptions } from "./services-options.ts";
import type { RestartReason } from "./supervise/reconcile.ts";
import { type ServiceStatus, statusOf } from "./supervise/service-status.ts";

/** A service as it is written and as it is. */
export interface Service {
  readonly meta: Meta;
  readonly observed: Observed;
  /** What the daemon remembers of this run; `undefined`: nothing. */
  readonly supervision: RememberedSupervision | undefined;
  /** What to show. */
  readonly status: ServiceStatus;
  /** When the next start is tried, in milliseconds since the epoch, where one is waited for. */
  readonly nextTryAtMs?: number;
}

/** How to restart. */
export interface RestartOptions extends StopOptions, StartOptions {
  /** An environment instead of the one that was kept. */
  readonly environment?: ServiceEnvironment;
  /** A whole new specification, of the same name; its environment counts. */
  readonly spec?: ServiceSpec;
}

/** How to start. */
export interface StartOptions {
  /**
   * Ends the wait for the service to be ready, not the service: `start` is refused then with `NOT_READY`,
   * and the service goes on, `starting` until it answers somebody.
   */
  readonly waitSignal?: AbortSignal;
}

/** How to remove. */
export interface RemoveOptions extends StopOptions {
  /** Only if this run is over and has had no other since: what was seen may not be true any more. */
  readonly onlyIfOver?: number;
}

/** How to replace a run. */
export interface RenewOptions extends StopOptions {
  /** Why, for the history. */
  readonly reason?: RestartReason;
}

/**
 * The services of one folder. Every change is made under the service's kernel lock, after looking at what
 * is there: any number of processes may do so at once, and each may die at any moment.
 *
 * All methods may throw `INVALID_META` for a service whose file is no JSON, and all that change something
 * `SERVICE_BUSY`. What runs of such a service can be stopped and removed all the same, by its journal.
 */
export interface Services {
  /** The names of all services, sorted. */
  names(): readonly string[];
  /** The service that has an id; `undefined`: none has. */
  nameOf(id: number): string | undefined;
  /** What a service should be, and is at this moment. @throws TetraError `SERVICE_NOT_FOUND` */
  observe(name: string): Service;
  /**
   * Starts a service and returns when it runs for sure. One of the same name that has ended is replaced
   * and keeps its id.
   * @throws TetraError `INVALID_SERVICE`, `INVALID_CRON`, `CWD_NOT_FOUND`, `COMMAND_NOT_FOUND`, `ALREADY_RUNNING`,
   *   `LEFTOVERS`, `LOG_UNWRITABLE`, `START_FAILED`, `PORT_IN_USE`, `NOT_READY`
   */
  start(spec: ServiceSpec, options?: StartOptions): Promise<Started>;
  /**
   * Ends every process of a service: asks, waits, kills. Where `meta.json` is broken or gone, its journal
   * says which those are, and `INVALID_META` or `SERVICE_NOT_FOUND` that nothing runs.
   * @throws TetraError `SERVICE_NOT_FOUND`, `NOT_RUNNING`
   */
  stop(name: string, options?: StopOptions): Promise<Stopped>;
  /**
   * Stops what runs and starts it again: the same command, folder and id, `restarts` + 1. One that does
   * not run is only started.
   * @throws TetraError `SERVICE_NOT_FOUND`, `SURVIVORS`, and what {@link Services.start} throws
   */
  restart(name: string, options?: RestartOptions): Promise<Started>;
  /**
   * Starts a service that has ended and should run: what a supervisor does. `undefined`: there is
   * nothing to do any more, because it runs, is not wanted, or has had another run since.
   * @param generation the run that was seen to have ended
   * @throws TetraError as {@link Services.start}; it stays wanted
   */
  revive(name: string, generation: number): Promise<Started | undefined>;
  /**
   * Replaces a run that lives by another: what a supervisor does with one that is unhealthy, too big, or
   * due. `undefined`: there was another run since, or it is not wanted any more.
   * @param generation the run that is to be replaced
   * @throws TetraError `SURVIVORS`, and what {@link Services.start} throws; it stays wanted
   */
  renew(name: string, generation: number, options?: RenewOptions): Promise<Started | undefined>;
  /**
   * Carries on a stop whose author died: ends what is left of a run that somebody told to stop.
   * `undefined`: there was another run since, or nothing is left.
   * @param generation the run that was seen to be stopping
   */
  finishStop(name: string, generation: number): Promise<Stopped | undefined>;
  /**
   * Stops a service and removes its folder with its logs.
   * @returns whether it was removed: not if `onlyIfOver` is not so (any more).
   * @throws TetraError `SERVICE_NOT_FOUND`, `SURVIVORS`
   */
  remove(name: string, options?: RemoveOptions): Promise<boolean>;
  /**
   * Notes that a run answered its readiness probe: from now on it is `online`. Nothing is noted when
   * there was another run since, or it has ended.
   * @returns whether it was noted. @throws TetraError `SERVICE_NOT_FOUND`
   */
  noteReady(name: string, generation: number): Promise<boolean>;
  /**
   * Notes the end of a run in the history, once, whoever asks how often; for ends that nothing else
   * follows. Starting, stopping and reviving do so by themselves.
   * @returns whether it was noted now. @throws TetraError `SERVICE_NOT_FOUND`
   */
  noteEnd(name: string, generation: number): Promise<boolean>;
  /**
   * Makes a process that somebody else started a service, as scripts around the original tools do. One of the
   * same name that has ended is replaced and keeps its id.
   * @throws TetraError `INVALID_SERVICE`, `ALREADY_RUNNING`, `LEFTOVERS`
   */
  adopt(process: AdoptedProcess): Promise<Adopted>;
  /**
   * Notes what somebody says of a service, if it is so; else nothing is changed. `stopped`, of one that does
   * not run: nobody starts it again. @throws TetraError `SERVICE_NOT_FOUND`
   */
  claimStatus(name: string, status: OriginalStatus): Promise<ClaimedStatus>;
  /** The lowest id that nobody has; nobody else is given it for a while. @throws TetraError `SERVICE_BUSY` */
  reserveId(): Promise<number>;
  /** How a service was asked for: the spec's `origin`; `undefined`: it was not said. @throws TetraError `SERVICE_NOT_FOUND` */
  origin(name: string): unknown;
  /** Writes a line into the history. */
  note(entry: HistoryEntry): void;
  /** What the whole tree uses now; `undefined` when it does not run. @throws TetraError `SERVICE_NOT_FOUND` */
  usage(name: string): UsageSample | undefined;
  /** The same of several that were just observed, by name, with one look; those that do not run are left out. */
  usages(services: readonly Service[]): ReadonlyMap<string, UsageSample>;
  /**
   * Calls `onChange` when the shim has noted something. A hint: look with {@link Services.observe}.
   * @returns what ends the watch. @throws TetraError `SERVICE_NOT_FOUND`
   */
  watch(name: string, onChange: () => void): () => void;
}

/**
 * Opens the services of a folder. Reading makes nothing.
 * @throws TetraError `UNSUPPORTED_PLATFORM`
 */
export function openServices(options: ServicesOptions): Services {
  const parts = partsOf(options);
  const { fs, layout, glance } = parts;
  const ledger = ledgerKeeper(portStore(options.folder, parts.clock));
  const { isDaemonAlive = () => isLocked(fs, layout.daemonLock) } = options;

  /** Registers its port while it is waited for, and again when it is another by then. */
  async function untilAnswering(started: Started, signal?: AbortSignal): Promise<Started> {
    const { meta, actualPort } = started;
    await ledger.started(meta, actualPort);
    const ready = await untilReady(parts, started, signal);
    if (ready.actualPort !== actualPort) await ledger.started(ready.meta, ready.actualPort);
    return ready;
  }

  async function change<Result>(
    name: string,
    act: (meta: Meta, lock: FileLock) => Promise<Result>,
  ): Promise<Result> {
    requireMeta(parts, name); // before a lock file is made
    return writing(name, () =>
      underLock(parts, name, (lock) => act(requireMeta(parts, name), lock)),
    );
  }

  async function forget(
    { name, tsm_id: id, generation }: Pick<Meta, "name" | "tsm_id"> & Partial<Meta>,
    by: string | undefined,
  ): Promise<void> {
    removeService(parts, name);
    await ledger.removed({ name, ...(id === undefined ? {} : { tsm_id: id }) });
    appendHistory(parts, { event: "removed", name, id, generation, by });
  }

  /** Acts on a service; where `meta.json` does not tell of it, in the other way. */
  async function changeAnyhow<Result>(
    name: string,
    act: (meta: Meta) => Promise<Result>,
    otherwise: (why: TetraError) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await change(name, act);
    } catch (error) {
      const isThere =
        isServiceName(name) && fs.stat(servicePaths(layout, name).folder) !== undefined;
      if (!isUntold(error) || !isThere) throw error;
      return writing(name, () => underLock(parts, name, () => otherwise(error)));
    }
  }

  return {
    names: () => foundNames(parts),
    nameOf: (id) => nameOfId(parts, id),
    observe(name) {
      const { meta, journal } = requireWritten(parts, name);
      const observed = observe(parts, meta, { journal });
      const remembered = readSupervision(parts, name);
      return {
        meta,
        observed,
        supervision: remembered?.generation === meta.generation ? remembered : undefined,
        ...statusOf({ meta, state: observed.state, supervision: remembered, isDaemonAlive }),
      };
    },
    async start(spec, { waitSignal } = {}) {
      let started: Started;
      try {
        const checked = checkSpec(spec);
        await checkCron(checked.name, checked.care ?? {});
        started = await writing(checked.name, () => {
          makeFolders(fs, layout.processes, { durable: true });
          return underLock(parts, checked.name, (lock) => start(parts, lock, checked));
        });
      } catch (error) {
        removeClaim(parts, spec.name);
        throw error;
      }
      return untilAnswering(started, waitSignal);
    },
    stop: (name, stopping = {}) =>
      changeAnyhow(
        name,
        async (meta) => (await stop(parts, meta, { ...stopping, forGood: true })).stopped,
        async (why) => {
          const meta = toldByJournal(parts, name);
          const stopped = meta && (await stopByJournal(parts, meta, stopping));
          if (stopped === undefined) throw why;
          return stopped;
        },
      ),
    async restart(name, { environment, spec, waitSignal, ...stopping } = {}) {
      const checked = spec === undefined ? undefined : checkSpec(spec, name);
      await checkCron(name, checked?.care ?? {});
      const again = { environment, spec: checked, by: stopping.by ?? spec?.by };
      const started = await change(name, (meta, lock) =>
        restart(parts, lock, { meta, again, stopping }),
      );
      return untilAnswering(started, waitSignal);
    },
    revive: (name, generation) =>
      change(name, (meta, lock) => revive(parts, lock, { meta, generation })),
    renew: (name, generation, { reason, ...stopping } = {}) =>
      change(name, (meta, lock) => renew(parts, lock, { meta, generation, reason, stopping })),
    finishStop: (name, generation) =>
      change(name, (meta) => finishStop(parts, { meta, generation })),
    noteReady: (name, generation) => change(name, (meta) => noteReady(parts, { meta, generation })),
    noteEnd: (name, generation) =>
      change(name, async (meta) => {
        const noted = noteEnd(parts, meta, observe(parts, meta, { holdsLock: true }));
        if (meta.generation !== generation || noted === meta) return false;
        await writeMeta(parts, noted);
        return true;
      }),
    remove: (name, { onlyIfOver, ...stopping } = {}) =>
      changeAnyhow(
        name,
        async (meta) => {
          if (onlyIfOver !== undefined && !isRunOver(parts, meta, onlyIfOver)) return false;
          await stopWholly(parts, meta, { ...stopping, forGood: true, forRemoval: true });
          await forget(meta, stopping.by);
          return true;
        },
        async (why) => {
          if (onlyIfOver !== undefined) throw why;
          await endByJournal(parts, { name, why, stopping });
          await forget(toldByJournal(parts, name) ?? { name }, stopping.by);
          return true;
        },
      ),
    async adopt(adopted) {
      checkAdopted(adopted);
      const { name } = adopted;
      const result = await writing(name, () => {
        makeFolders(fs, layout.processes, { durable: true });
        return underLock(parts, name, () => adopt(parts, adopted));
      });
      await ledger.started(result.meta);
      return result;
    },
    claimStatus: (name, status) => change(name, (meta) => claimStatus(parts, meta, status)),
    reserveId: () => writing("the allotment of ids", () => reserveId(parts)),
    origin(name) {
      requireMeta(parts, name);
      return readOrigin(parts, name);
    },
    note: (entry) => appendHistory(parts, entry),
    usage(name) {
      const meta = requireMeta(parts, name);
      const { main, shim } = observe(parts, meta);
      if (main === undefined) return undefined;
      return sampleUsage(glance, parts.clock.now(), { main, shim, cookie: meta.cookie });
    },
    usages(services) {
      const questions = services.flatMap(({ meta, observed: { main, shim } }) =>
        main === undefined ? [] : [{ name: meta.name, main, shim, cookie: meta.cookie }],
      );
      return usageOfAll(glance, parts.clock.now(), questions);
    },
    watch(name, onChange) {
      requireMeta(parts, name);
      const { runs } = servicePaths(layout, name);
      makeFolders(fs, runs, { durable: false });
      return fs.watch(runs, (changed) => {
        if (changed !== ALIVE) onChange(); // whatever somebody does to the pipe says nothing of the run
      });
    },
  };
}

/** Whether a run has ended, and is the last one. The caller holds the lock. */
function isRunOver(parts: Parts, meta: Meta, generation: number): boolean {
  return meta.generation === generation && isOver(observe(parts, meta, { holdsLock: true }).state);
}
