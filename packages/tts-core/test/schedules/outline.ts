import type { SagaDefinition, SagaNode } from "../../src/saga/definition.ts";

/** A single step of a saga, and what it is in, from the outside in. */
export interface Leaf {
  readonly path: string;
  readonly node: Exclude<SagaNode, { readonly steps: unknown }>;
  readonly trail: readonly Turn[];
}

/** Where the way to a step goes on, in a list of steps. */
interface Turn {
  readonly index: number;
  readonly isOrdered: boolean;
  /** The group that is entered, if it is one with a time limit: its path. */
  readonly limited?: string;
}

/** The single steps of a saga, in order. */
export function leavesOf(definition: SagaDefinition): readonly Leaf[] {
  return below(definition.steps, "", true, []);
}

function below(
  nodes: readonly SagaNode[],
  prefix: string,
  isOrdered: boolean,
  trail: readonly Turn[],
): readonly Leaf[] {
  return nodes.flatMap((node, index): readonly Leaf[] => {
    const path = prefix + node.name;
    const isLimited = node.type === "saga" && node.timeoutMs !== undefined;
    const here = [...trail, { index, isOrdered, ...(isLimited ? { limited: path } : {}) }];
    if (!("steps" in node)) return [{ path, node, trail: here }];
    return below(node.steps, `${path}/`, node.type === "saga", here);
  });
}

/** Whether one has to be done before the other begins. */
export function isBefore(one: Leaf, other: Leaf): boolean {
  for (const [depth, turn] of one.trail.entries()) {
    const theirs = other.trail[depth];
    if (theirs === undefined || theirs.index === turn.index) continue;
    return turn.isOrdered && turn.index < theirs.index;
  }
  return false;
}
