import type { SagaDefinition, SagaNode } from "./definition.ts";

/** A node of a definition, in its place. */
export interface Place {
  /** Names from the outside in, joined by `/`. */
  readonly path: string;
  readonly node: SagaNode;
  /** Its number among all places, in the order of the definition. */
  readonly index: number;
  /** What it consists of; empty for a single step. */
  readonly steps: readonly Place[];
}

/** A definition with the paths worked out. */
export interface Shape {
  readonly steps: readonly Place[];
  /** Every place, groups included, by path; in the order of the definition, a group before its steps. */
  readonly places: ReadonlyMap<string, Place>;
  /** The steps after which there is no way back. */
  readonly pivots: readonly Place[];
}

const SHAPES = new WeakMap<SagaDefinition, Shape>();

/** The places of a definition that was checked. */
export function shapeOf(definition: SagaDefinition): Shape {
  const known = SHAPES.get(definition);
  if (known !== undefined) return known;
  const places = new Map<string, Place>();
  const steps = placesOf(definition.steps, "", places);
  const pivots = [...places.values()].filter(({ node }) => node.type === "step" && node.pivot);
  const shape = { steps, places, pivots };
  SHAPES.set(definition, shape);
  return shape;
}

function placesOf(
  nodes: readonly SagaNode[],
  prefix: string,
  places: Map<string, Place>,
): readonly Place[] {
  return nodes.map((node) => {
    const path = prefix + node.name;
    const steps: Place[] = [];
    const place: Place = { path, node, index: places.size, steps };
    places.set(path, place);
    if ("steps" in node) steps.push(...placesOf(node.steps, `${path}/`, places));
    return place;
  });
}
