import { TetraError } from "@tetra/errors";
import type { Dependency } from "../care/service-care.ts";
import type { DefinitionErrorCode } from "./errors.ts";
import { suggestion } from "./nearest.ts";

/** Something that is started after others. */
export interface Ordered {
  readonly name: string;
  readonly dependsOn: readonly Dependency[];
}

/**
 * In which order to start: levels, each of which needs only those before it. In a level the given order is
 * kept. To stop, walk the levels backwards.
 * @throws TetraError `UNKNOWN_DEPENDENCY`, `DEPENDENCY_CYCLE`
 */
export function startOrder<Item extends Ordered>(
  items: readonly Item[],
): readonly (readonly Item[])[] {
  const names = new Set(items.map(({ name }) => name));
  for (const { name, dependsOn } of items) {
    const unknown = dependsOn.find((dependency) => !names.has(dependency.name));
    if (unknown !== undefined) throw unknownDependency(name, unknown.name, [...names]);
  }
  const levels: Item[][] = [];
  const done = new Set<string>();
  let rest = items;
  while (rest.length > 0) {
    const isReady = ({ dependsOn }: Item): boolean => dependsOn.every(({ name }) => done.has(name));
    const level = rest.filter(isReady);
    if (level.length === 0) throw cycleAmong(rest);
    levels.push(level);
    rest = rest.filter((item) => !isReady(item));
    for (const { name } of level) done.add(name);
  }
  return levels;
}

function unknownDependency(
  name: string,
  dependency: string,
  names: readonly string[],
): TetraError<DefinitionErrorCode> {
  const others = names.filter((other) => other !== name);
  return new TetraError(
    "UNKNOWN_DEPENDENCY",
    `${name} depends on ${dependency}, which is not defined`,
    { hint: suggestion(dependency, others), details: { name, dependency } },
  );
}

/** Whoever follows dependencies among those that wait for each other comes round again. */
function cycleAmong(rest: readonly Ordered[]): TetraError<DefinitionErrorCode> {
  const waiting = new Map(rest.map((item) => [item.name, item]));
  const path: string[] = [];
  let name = rest[0]?.name ?? "";
  while (!path.includes(name)) {
    path.push(name);
    name = waiting.get(name)?.dependsOn.find((next) => waiting.has(next.name))?.name ?? "";
  }
  const cycle = [...path.slice(path.indexOf(name)), name];
  return new TetraError("DEPENDENCY_CYCLE", `services wait for each other: ${cycle.join(" → ")}`, {
    hint: "remove one of these dependencies",
    details: { cycle },
  });
}
