import type { SagaState } from "./saga-state.ts";
import { type Place, shapeOf } from "./shape.ts";

/** Results that are kept as artifacts and were read, by path of the step. */
export type ReadResults = ReadonlyMap<string, unknown>;

const NONE_READ: ReadResults = new Map();

/** The results of the steps done so far, by name; a group's hold those of its steps. */
export function resultsOf(
  saga: SagaState,
  read: ReadResults = NONE_READ,
): Readonly<Record<string, unknown>> {
  return under(shapeOf(saga.definition).steps, saga, read);
}

function under(
  places: readonly Place[],
  saga: SagaState,
  read: ReadResults,
): Readonly<Record<string, unknown>> {
  const results: [string, unknown][] = [];
  for (const { path, node, steps } of places) {
    if (steps.length > 0) {
      results.push([node.name, under(steps, saga, read)]);
    } else {
      const result = resultOf(saga, path, read);
      if (result !== undefined) results.push([node.name, result]);
    }
  }
  return Object.fromEntries(results);
}

/** The result of one step, if it is done and has one. */
export function resultOf(saga: SagaState, path: string, read: ReadResults): unknown {
  const step = saga.steps.get(path);
  if (step?.status !== "completed") return undefined;
  return step.resultFile === undefined ? step.result : read.get(path);
}
