import { nodeFileSystem } from "@tetra/durable-fs";
import { isTetraError, TetraError } from "@tetra/errors";
import { type Clock, systemClock } from "../clock.ts";
import type { ServiceSpec } from "../run/service-spec.ts";
import type { Started } from "../run/start.ts";
import type { StopOptions } from "../run/stop.ts";
import type { Services } from "../services.ts";
import { countConnections, type CountConnections, drain } from "./connections.ts";
import type { InstancesErrorCode } from "./errors.ts";
import { awaitListening } from "./await-listening.ts";
import { aboutStandIn, findGroup, type Instance, standInName } from "./instance-group.ts";
import type { Nginx } from "./nginx.ts";
import { onPort } from "./on-port.ts";
import { planReload, type ReloadPromise, type ReloadStep } from "./plan-reload.ts";
import { type ReloadNote, takeGroup } from "./reload-note.ts";
import type { Traffic } from "./site-traffic.ts";

/** What reloading takes. */
export interface ReloadOptions {
  /** The folder of the service manager: `$TETRA_DIR/tsm`. */
  readonly folder: string;
  readonly services: Services;
  /** Default: no proxy carries the traffic. */
  readonly nginx?: Nginx;
  /** Default: this machine's. */
  readonly clock?: Clock;
  /**
   * The specification of a service, read again: its definition or how it was asked for. `undefined`: what
   * is kept of it counts, and nothing can stand in for it.
   */
  readonly fresh: (name: string) => Promise<ServiceSpec | undefined>;
  /** How instances are stopped. Default: as each says. */
  readonly stop?: StopOptions;
  /** How long connections may take to end before an instance is stopped. Default: 10 s. */
  readonly drainMs?: number;
  /** How long an instance may take until it listens on its port. Default: 30 s. */
  readonly readyMs?: number;
  /** Default: this machine's. */
  readonly count?: CountConnections;
  /** Is told of each step before it is taken. */
  readonly onStep?: (step: ReloadStep) => void;
}

/** What a reload came to. */
export interface Reloaded {
  /** The group's name, or that of the service alone. */
  readonly group: string;
  /** What could be promised. */
  readonly promise: ReloadPromise;
  /**
   * `reload`: nginx's workers may not see our files, so it was reloaded at each step, and closed idle
   * connections of clients, which one that just sends a request has to try again.
   */
  readonly steering: Traffic["steering"] | undefined;
  /** In order. */
  readonly restarted: readonly Started[];
  /** Connections that were not waited for any longer, by service. */
  readonly cut: Readonly<Record<string, number>>;
}

/** Whoever may be asked while a reload is carried out. */
interface Carrying extends ReloadOptions {
  readonly clock: Clock;
  readonly traffic: Traffic | undefined;
  readonly instances: readonly Instance[];
}

const DRAIN_MS = 10_000;

/**
 * Replaces the instances of a group, or a service alone, one by one behind readiness. If the reloader
 * dies, what gets traffic works, and reloading again finishes it.
 * @param word the name of the group, or of a service in it
 * @throws TetraError `GROUP_NOT_FOUND`, `GROUP_BUSY`, `STAND_IN_FAILED`, `RELOAD_STOPPED`, and what
 *   changing nginx throws
 */
export async function reload(options: ReloadOptions, word: string): Promise<Reloaded> {
  const { folder, services, clock = systemClock } = options;
  const group = findGroup(services, word);
  const note = takeGroup(nodeFileSystem(), folder, group.name);
  try {
    return await reloadTaken({ ...options, clock }, note, group.name);
  } finally {
    note.release();
  }
}

async function reloadTaken(
  options: ReloadOptions & { readonly clock: Clock },
  note: ReloadNote,
  name: string,
): Promise<Reloaded> {
  const { services, nginx } = options;
  const group = findGroup(services, name);
  const wanted = group.instances.filter((one) => one.isWanted || note.left.includes(one.name));
  const instances = wanted.length === 0 ? group.instances : wanted; // all were stopped: as a restart does
  const found = await nginx?.traffic({ ...group, instances });
  const [first] = instances;
  const canStandIn =
    instances.length > 1 ||
    (first !== undefined && (await options.fresh(first.name)) !== undefined);
  const traffic = canStandIn ? found : undefined;
  const { promise, steps } = planReload({
    instances,
    standIn: group.standIn,
    hasProxy: traffic !== undefined,
  });

  note.write(instances.map((one) => one.name));
  const carrying = { ...options, traffic, instances };
  const restarted: Started[] = [];
  const cut: Record<string, number> = {};
  for (const step of steps) {
    options.onStep?.(step);
    const { started, left = 0 } = await carryOut(carrying, step);
    if (started !== undefined) restarted.push(started);
    if (step.type === "drain" && left > 0) cut[step.name] = left;
  }
  note.remove();
  for (const { meta } of restarted) {
    const { name: service, tsm_id: id = 0, generation, pid = 0 } = meta;
    services.note({ event: "reloaded", name: service, id, generation, pid, promise });
  }
  return { group: group.name, promise, steering: traffic?.steering, restarted, cut };
}

interface StepResult {
  readonly started?: Started;
  readonly left?: number;
}

async function carryOut(carrying: Carrying, step: ReloadStep): Promise<StepResult> {
  const { services, traffic, clock, drainMs: timeoutMs = DRAIN_MS } = carrying;
  switch (step.type) {
    case "start-stand-in":
      await startStandIn(carrying, step.of);
      return {};
    case "route":
      await traffic?.route(step.to);
      return {};
    case "drain": {
      const { port } = services.observe(step.name).meta;
      const { count = countConnections } = carrying;
      return port === undefined ? {} : { left: await drain({ port, clock, count, timeoutMs }) };
    }
    case "restart":
      return { started: await restartOne(carrying, step.name) };
    case "remove-stand-in":
      await services.remove(standInName(step.of), carrying.stop);
      return {};
  }
}

/** @throws TetraError `STAND_IN_FAILED`, when everything is as it was */
async function startStandIn(carrying: Carrying, of: string): Promise<void> {
  const { services, traffic, fresh } = carrying;
  const name = standInName(of);
  const spec = await fresh(of);
  const port = await traffic?.standInPort();
  if (spec === undefined || port === undefined) throw new Error(`${of}: planned without a proxy`);
  // it is restarted as it was started, and judged by nobody but the traffic
  const { group: _group, instance: _instance, origin: _origin, ...alone } = onPort(spec, port);
  const {
    health: _health,
    cron: _cron,
    watch: _watch,
    dependsOn: _needs,
    ...care
  } = alone.care ?? {};
  try {
    await services.start({
      ...alone,
      care,
      name,
      about: { ...spec.about, ...aboutStandIn(of) },
    });
    await awaitListening(carrying, name);
  } catch (error) {
    await services.remove(name, { timeoutMs: 0 }).catch((reason: unknown) => {
      if (!isTetraError(reason, "SERVICE_NOT_FOUND")) throw reason;
    });
    if (!isTetraError(error)) throw error;
    throw new TetraError<InstancesErrorCode>(
      "STAND_IN_FAILED",
      `${of}: a second copy on port ${port} does not get ready: ${error.message}`,
      {
        hint: "let it take its port from PORT, or use tsm restart, with a gap",
        details: { name: of, port },
        cause: error,
      },
    );
  }
}

/** @throws TetraError `RELOAD_STOPPED` */
async function restartOne(carrying: Carrying, name: string): Promise<Started> {
  const { services, fresh, stop = {} } = carrying;
  try {
    const spec = await fresh(name);
    const started = await services.restart(name, {
      ...stop,
      ...(spec === undefined ? {} : { spec }),
    });
    await awaitListening(carrying, name);
    return started;
  } catch (error) {
    if (!isTetraError(error)) throw error;
    const others = carrying.traffic === undefined ? "" : "; what gets traffic is not touched";
    throw new TetraError<InstancesErrorCode>(
      "RELOAD_STOPPED",
      `${name}: ${error.message}${others}`,
      {
        hint: `see tsm logs ${name}, mend it, and reload again`,
        details: { name },
        cause: error,
      },
    );
  }
}
