import { nodeFileSystem } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import { type Clock, systemClock } from "../clock.ts";
import type { ServiceSpec } from "../run/service-spec.ts";
import { awaitListening } from "./await-listening.ts";
import { countConnections, drain } from "./connections.ts";
import type { InstancesErrorCode } from "./errors.ts";
import { findGroup, type InstanceGroup } from "./instance-group.ts";
import { onPort } from "./on-port.ts";
import { type NewInstance, planScale } from "./plan-scale.ts";
import type { ReloadOptions } from "./reload.ts";
import { takeGroup } from "./reload-note.ts";

/** What scaling takes: what reloading does, and how a new instance comes from one that is there. */
export interface ScaleOptions extends Omit<ReloadOptions, "onStep"> {
  /** Default: {@link onPort}, with the new name and number. */
  readonly instanceOf?: (model: ServiceSpec, instance: NewInstance) => ServiceSpec;
}

/** What scaling came to. */
export interface Scaled {
  readonly group: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

const DRAIN_MS = 10_000;

/**
 * Makes a group have so many instances. New ones get traffic when they are ready; those that go are taken
 * out of the traffic first.
 * @param word the name of the group, or of a service in it
 * @throws TetraError `CANNOT_SCALE`, `GROUP_NOT_FOUND`, `GROUP_BUSY`, `NOT_LISTENING`, what starting and
 *   removing services throws, and what changing nginx throws
 */
export async function scale(options: ScaleOptions, word: string, count: number): Promise<Scaled> {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw cannotScale(`${count} is no number of instances`, "use 1 or more; tsm stop for none");
  }
  const { folder, services, nginx, clock = systemClock } = options;
  const group = findGroup(services, word);
  const note = takeGroup(nodeFileSystem(), folder, group.name);
  try {
    const { add, remove } = planScale(group, count);
    const model = add.length === 0 ? undefined : await modelOf(options, group);
    for (const instance of add) {
      if (model === undefined) continue;
      await services.start({
        ...(options.instanceOf ?? instanceOf)(model, instance),
        name: instance.name,
        instance: instance.instance,
        group: group.name,
      });
      await awaitListening({ ...options, clock }, instance.name);
    }
    const names = remove.map(({ name }) => name);
    const after = findGroup(services, group.name);
    const kept = after.instances.filter(({ name }) => !names.includes(name));
    const traffic = await nginx?.traffic({
      ...after,
      instances: kept.filter((one) => one.isWanted),
    });
    await traffic?.route({ type: "all" });
    for (const { name, port } of remove) {
      if (traffic !== undefined && port !== undefined) await drained(options, clock, port);
      await services.remove(name, options.stop);
    }
    return { group: group.name, added: add.map(({ name }) => name), removed: names };
  } finally {
    note.release();
    await nginx?.sync([group.name]); // also where nginx does not run: what is written must be true
  }
}

async function drained(options: ScaleOptions, clock: Clock, port: number): Promise<void> {
  const { count = countConnections, drainMs: timeoutMs = DRAIN_MS } = options;
  await drain({ port, clock, count, timeoutMs });
}

async function modelOf(
  { fresh }: ScaleOptions,
  { instances }: InstanceGroup,
): Promise<ServiceSpec> {
  const name = instances[0]?.name ?? "";
  const model = await fresh(name);
  if (model !== undefined) return model;
  throw cannotScale(`it is not known how ${name} was asked for`, "start it anew with --instances");
}

function instanceOf(model: ServiceSpec, { port }: NewInstance): ServiceSpec {
  return port === undefined ? model : onPort(model, port);
}

function cannotScale(why: string, hint: string): TetraError<InstancesErrorCode> {
  return new TetraError("CANNOT_SCALE", `cannot scale: ${why}`, { hint });
}
