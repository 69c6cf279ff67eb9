import { isTetraError } from "@tetra/errors";
import type { Services } from "@tetra/tsm";
import { startOrder } from "@tetra/tsm/definitions";

/**
 * Services in the order to start them in: levels, each of which needs only those before it. To stop them,
 * walk backwards. What is not among them does not count; those that wait for each other are one level.
 */
export function serviceLevels(
  services: Services,
  names: readonly string[],
): readonly (readonly string[])[] {
  const known = new Set(names);
  const items = names.map((name) => ({
    name,
    dependsOn: (services.observe(name).meta.care.dependsOn ?? []).filter((each) =>
      known.has(each.name),
    ),
  }));
  if (items.every(({ dependsOn }) => dependsOn.length === 0)) return [names];
  try {
    return startOrder(items).map((level) => level.map(({ name }) => name));
  } catch (error) {
    if (isTetraError(error, "DEPENDENCY_CYCLE")) return [names];
    throw error;
  }
}
