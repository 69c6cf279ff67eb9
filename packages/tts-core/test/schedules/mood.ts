import type { Random } from "./random.ts";
import type { RandomSaga } from "./random-saga.ts";

/** What is tried. Everything that is left out is made up from the seed. */
export interface Plan {
  readonly seed: number;
  readonly saga?: RandomSaga;
  /** Who waits goes on in order, and nothing goes wrong but this: at the gate of this number. */
  readonly only?: { readonly gate: number; readonly fate: Fate };
}

/** What can go wrong for somebody who is about to go on. */
export type Fate = "crash" | "fail" | "cancel";

/** How a schedule goes. */
export interface Mood {
  readonly inOrder: boolean;
  readonly crashRate: number;
  readonly failRate: number;
  /** How often time passes although somebody could go on. */
  readonly clockRate: number;
  readonly undoes: boolean;
  /** At these turns. */
  readonly cancel: number | undefined;
  readonly stop: number | undefined;
  readonly pause: number | undefined;
  readonly expel: number | undefined;
  readonly early: number | undefined;
}

/** Makes one up. */
export function moodOf({ only }: Plan, random: Random): Mood {
  const sometimes = (probability: number, end: number): number | undefined =>
    random.chance(probability) ? random.below(end) : undefined;
  const drawn: Mood = {
    inOrder: random.chance(0.4),
    crashRate: random.pick([0, 0, 0.02, 0.08]),
    failRate: random.pick([0, 0, 0.03]),
    clockRate: random.pick([0, 0, 0.05]),
    undoes: random.chance(0.5),
    cancel: sometimes(0.35, 80),
    stop: sometimes(0.1, 60),
    pause: sometimes(0.1, 60),
    expel: sometimes(0.06, 60),
    early: sometimes(0.1, 20),
  };
  if (only === undefined) return drawn;
  const calm = { crashRate: 0, failRate: 0, clockRate: 0, expel: undefined };
  const whole = { stop: undefined, pause: undefined, early: undefined, cancel: undefined };
  return { ...drawn, ...calm, ...whole, inOrder: true, undoes: true };
}
