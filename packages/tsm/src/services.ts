import { type FileLock, makeFolders, nodeFileSystem } from "@tetra/durable-fs";
import { type Clock, systemClock } from "./clock.ts";
import { layoutOf, servicePaths } from "./files/layout.ts";
import type { Meta } from "./files/meta.ts";
import { foundNames, requireMeta, type ServiceEnvironment } from "./files/store.ts";
import type { Platform } from "./platform/platform.ts";
import { glancing, rememberEnvironments } from "./platform/remembering.ts";
import { systemPlatform } from "./platform/system-platform.ts";
import { underLock } from "./run/act.ts";
import { checkNothingLeft } from "./run/leftovers.ts";
import { type Observed, observe } from "./run/observe.ts";
import type { Parts } from "./run/parts.ts";
import { checkSpec, type ServiceSpec } from "./run/service-spec.ts";
import { removeService } from "./run/remove.ts";
import { startAgain, stopWholly } from "./run/restart.ts";
import { start, type Started } from "./run/start.ts";
import { stop, type Stopped, type StopOptions } from "./run/stop.ts";
import { sampleUsage, type UsageSample } from "./run/usage.ts";

/** Where services are, and what they are handled with. */
export interface ServicesOptions {
  /** The folder of the service manager: `$TETRA_DIR/tsm`. Made, private, by the first start. */
  readonly folder: string;
  /** Default: this machine's. */
  readonly platform?: Platform;
  /** Default: this machine's. */
  readonly clock?: Clock;
  /** The POSIX shell for shims. Default: `/bin/sh`. */
  readonly shell?: string;
  /** How long to wait for whoever acts on the same service. Default: 60 s. */
  readonly lockTimeoutMs?: number;
}

/** A service as it is written and as it is. */
export interface Service {
  readonly meta: Meta;
  readonly observed: Observed;
}

/** How to restart. */
export interface RestartOptions extends StopOptions {
  /** An environment instead of the one that was kept. */
  readonly environment?: ServiceEnvironment;
}

/**
 * The services of one folder. Every change is made under the service's kernel lock, after looking at what
 * is there: any number of processes may do so at once, and each may die at any moment.
 *
 * All methods may throw `INVALID_META` for a service whose file is no JSON, and all that change something
 * `SERVICE_BUSY`.
 */
export interface Services {
  /** The names of all services, sorted. */
  names(): readonly string[];
  /** What a service should be, and is at this moment. @throws TetraError `SERVICE_NOT_FOUND` */
  observe(name: string): Service;
  /**
   * Starts a service and returns when it runs for sure. One of the same name that has ended is replaced
   * and keeps its id.
   * @throws TetraError `INVALID_SERVICE`, `CWD_NOT_FOUND`, `COMMAND_NOT_FOUND`, `ALREADY_RUNNING`,
   *   `LEFTOVERS`, `LOG_UNWRITABLE`, `START_FAILED`, `PORT_IN_USE`
   */
  start(spec: ServiceSpec): Promise<Started>;
  /**
   * Ends every process of a service: asks, waits, kills.
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
   * Stops a service and removes its folder with its logs.
   * @throws TetraError `SERVICE_NOT_FOUND`, `SURVIVORS`
   */
  remove(name: string, options?: StopOptions): Promise<void>;
  /** What the whole tree uses now; `undefined` when it does not run. @throws TetraError `SERVICE_NOT_FOUND` */
  usage(name: string): UsageSample | undefined;
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
  const clock = options.clock ?? systemClock;
  const platform = rememberEnvironments(options.platform ?? systemPlatform());
  const parts: Parts = {
    fs: nodeFileSystem(),
    clock,
    layout: layoutOf(options.folder),
    platform,
    glance: glancing(platform, clock),
    shell: options.shell ?? "/bin/sh",
    lockTimeoutMs: options.lockTimeoutMs ?? 60_000,
  };
  const { fs, layout, glance } = parts;

  async function change<Result>(
    name: string,
    act: (meta: Meta, lock: FileLock) => Promise<Result>,
  ): Promise<Result> {
    requireMeta(parts, name); // before a lock file is made
    return underLock(parts, name, (lock) => act(requireMeta(parts, name), lock));
  }

  return {
    names: () => foundNames(parts),
    observe(name) {
      const meta = requireMeta(parts, name);
      return { meta, observed: observe(parts, meta) };
    },
    async start(spec) {
      const checked = checkSpec(spec);
      makeFolders(fs, layout.processes, { durable: true });
      return underLock(parts, checked.name, (lock) => start(parts, lock, checked));
    },
    stop: (name, stopping = {}) => change(name, (meta) => stop(parts, meta, stopping)),
    restart: (name, { environment, ...stopping } = {}) =>
      change(name, async (meta, lock) => {
        await stopWholly(parts, meta, stopping);
        return startAgain(parts, lock, { name, environment });
      }),
    revive: (name, generation) =>
      change(name, async (meta, lock) => {
        const { state } = observe(parts, meta, { holdsLock: true });
        const isOver = state === "crashed" || state === "stopped";
        if (meta.generation !== generation || meta.desired !== "online" || !isOver)
          return undefined;
        checkNothingLeft(parts, meta);
        return startAgain(parts, lock, { name, environment: undefined });
      }),
    remove: (name, stopping = {}) =>
      change(name, async (meta) => {
        await stopWholly(parts, meta, stopping);
        removeService(parts, name);
      }),
    usage(name) {
      const meta = requireMeta(parts, name);
      const { main, shim } = observe(parts, meta);
      if (main === undefined) return undefined;
      return sampleUsage(glance, clock.now(), { main, shim, cookie: meta.cookie });
    },
    watch(name, onChange) {
      requireMeta(parts, name);
      const { runs } = servicePaths(layout, name);
      makeFolders(fs, runs, { durable: false });
      return fs.watch(runs, () => onChange());
    },
  };
}
