import type { StepState } from "./saga-state.ts";
import type { Shape } from "./shape.ts";

/**
 * What is known of each step that was reached, by path, in the order of the definition. It never
 * changes: `with` and `without` give another one.
 */
export interface StepStates extends Iterable<readonly [string, StepState]> {
  get(path: string): StepState | undefined;
  has(path: string): boolean;
  values(): readonly StepState[];
  /** With this state of a step; the same when the saga has no such step. */
  with(path: string, step: StepState): StepStates;
  without(path: string): StepStates;
}

/** The states of a saga of which no step was reached. */
export function noSteps(shape: Shape): StepStates {
  return new Steps(shape, []);
}

// A copy of a short list for each event, where a map would have to be built anew. A class, because there
// are two of them for every step that runs.
class Steps implements StepStates {
  readonly #shape: Shape;
  readonly #states: readonly (StepState | undefined)[];

  constructor(shape: Shape, states: readonly (StepState | undefined)[]) {
    this.#shape = shape;
    this.#states = states;
  }

  get(path: string): StepState | undefined {
    const index = this.#shape.places.get(path)?.index;
    return index === undefined ? undefined : this.#states[index];
  }

  has(path: string): boolean {
    return this.get(path) !== undefined;
  }

  values(): readonly StepState[] {
    return this.#states.filter((step) => step !== undefined);
  }

  with(path: string, step: StepState): StepStates {
    return this.#put(path, step);
  }

  without(path: string): StepStates {
    return this.#put(path, undefined);
  }

  *[Symbol.iterator](): Iterator<readonly [string, StepState]> {
    for (const { path, index } of this.#shape.places.values()) {
      const step = this.#states[index];
      if (step !== undefined) yield [path, step];
    }
  }

  #put(path: string, step: StepState | undefined): StepStates {
    const index = this.#shape.places.get(path)?.index;
    if (index === undefined) return this;
    const states = this.#states.slice();
    // no holes: reading one is slow
    while (states.length < index) states.push(undefined);
    states[index] = step;
    return new Steps(this.#shape, states);
  }
}
