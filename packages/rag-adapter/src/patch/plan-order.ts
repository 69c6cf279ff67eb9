import type { FileChange } from "./file-change.ts";
import type { PlannedChange } from "./plan.ts";

/** Changes in the order in which the plan names their files; what it does not name comes last. */
export function inPlannedOrder(
  changes: readonly FileChange[],
  plan: readonly PlannedChange[],
): readonly FileChange[] {
  const places = filesOf(plan);
  const placeOf = ({ path }: FileChange): number => {
    const place = places.indexOf(path);
    return place === -1 ? places.length : place;
  };
  return changes.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** Where plan and changes differ, in words; nothing for a plan that names no files. */
export function planRemarks(
  changes: readonly FileChange[],
  plan: readonly PlannedChange[],
): readonly string[] {
  const planned = [...new Set(filesOf(plan))];
  if (planned.length === 0) return [];
  const changed = changes.map(({ path }) => path);
  return [
    ...changed.filter((path) => !planned.includes(path)).map((path) => `${path}: not in the plan`),
    ...planned
      .filter((path) => !changed.includes(path))
      .map((path) => `${path}: in the plan, and not changed`),
  ];
}

function filesOf(plan: readonly PlannedChange[]): readonly string[] {
  return plan.flatMap(({ file }) => (file === undefined ? [] : [file.replace(/^(?:\.\/)+/, "")]));
}
