import { isTetraError } from "@tetra/errors";
import { observeIfReadable, type Services } from "@tetra/tsm";
import type { Ordered } from "@tetra/tsm/definitions";

/**
 * The order to start in: levels, each of which needs only those before it. To stop, walk backwards. What is
 * not among them does not count; those that wait for each other are one level.
 */
export async function levelsOf<Item extends Ordered>(
  items: readonly Item[],
): Promise<readonly (readonly Item[])[]> {
  const names = new Set(items.map(({ name }) => name));
  const among = items.map((item) => ({
    name: item.name,
    dependsOn: item.dependsOn.filter((each) => names.has(each.name)),
    item,
  }));
  if (among.every(({ dependsOn }) => dependsOn.length === 0)) return [items];
  const { startOrder } = await import("@tetra/tsm/definitions");
  try {
    return startOrder(among).map((level) => level.map(({ item }) => item));
  } catch (error) {
    if (isTetraError(error, "DEPENDENCY_CYCLE")) return [items];
    throw error;
  }
}

/** The same of services, by name. */
export async function serviceLevels(
  services: Services,
  names: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const items = names.map((name) => {
    const dependsOn = observeIfReadable(services, name)?.meta.care.dependsOn ?? [];
    return { name, dependsOn };
  });
  return (await levelsOf(items)).map((level) => level.map(({ name }) => name));
}
