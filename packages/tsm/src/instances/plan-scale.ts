import type { Instance, InstanceGroup } from "./instance-group.ts";

/** An instance that is to be added. */
export interface NewInstance {
  readonly name: string;
  readonly instance: number;
  readonly port: number | undefined;
}

/** What scaling will do. */
export interface ScalePlan {
  readonly add: readonly NewInstance[];
  /** The last first. */
  readonly remove: readonly Instance[];
}

/**
 * Decides what to add and what to remove, so that there are so many: the lowest numbers that are missing
 * are added, the highest removed. The port of each is that of number 0 and its own number.
 */
export function planScale({ name: group, instances }: InstanceGroup, count: number): ScalePlan {
  const ordered = instances.toSorted((a, b) => a.instance - b.instance);
  const remove = ordered.slice(count).toReversed();
  const [model] = ordered;
  if (model === undefined) return { add: [], remove };
  const numbers = new Set(ordered.map(({ instance }) => instance));
  const missing = Array.from({ length: ordered.length + count }, (_, number) => number)
    .filter((number) => !numbers.has(number))
    .slice(0, Math.max(0, count - ordered.length));
  const add = missing.map((instance): NewInstance => {
    const port = model.port === undefined ? undefined : model.port - model.instance + instance;
    return { name: nameOf(group, model, { instance, port }), instance, port };
  });
  return { add, remove };
}

/** `api-3001` beside `api-3000`; where names do not end in ports, the group's name and the number. */
function nameOf(
  group: string,
  model: Instance,
  { instance, port }: { readonly instance: number; readonly port: number | undefined },
): string {
  const ending = `-${model.port}`;
  return port !== undefined && model.name.endsWith(ending)
    ? `${model.name.slice(0, -ending.length)}-${port}`
    : `${group}-${instance}`;
}
