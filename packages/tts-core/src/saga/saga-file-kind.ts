import type { StepKinds } from "./saga-file-shape.ts";
import { inside } from "./wiring.ts";

/** Kinds of steps; whether the key that makes it one holds its name. */
const IS_NAME: Readonly<Record<keyof StepKinds, boolean>> = {
  run: false,
  action: false,
  parallel: true,
  saga: true,
  approval: true,
  signal: true,
  sleep: false,
  until: false,
};

/** What kind of step it is; `undefined` for none. */
export function kindOf(step: unknown): keyof StepKinds | undefined {
  return KINDS.find((kind) => inside(step, kind) !== undefined);
}

/** The keys that make a step what it is. */
export const KINDS: readonly (keyof StepKinds)[] = Object.keys(IS_NAME).filter(isKind);

function isKind(key: string): key is keyof StepKinds {
  return Object.hasOwn(IS_NAME, key);
}

/** What a step is called, whatever that is in the file. */
export function nameOf(step: unknown): unknown {
  const kind = kindOf(step);
  return inside(step, kind !== undefined && IS_NAME[kind] ? kind : "name");
}
