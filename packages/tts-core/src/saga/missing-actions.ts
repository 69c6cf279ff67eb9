import type { ActionRegistry } from "./action.ts";
import type { SagaDefinition } from "./definition.ts";
import type { SagaState, StepState } from "./saga-state.ts";
import { shapeOf } from "./shape.ts";
import { canTurnBack, isDone, isTurnedBack, mayHaveActed } from "./turning-back.ts";

/** An action that a step needs, and that nobody has registered. */
export interface MissingAction {
  /** The step's path. */
  readonly step: string;
  readonly action: string;
}

/** The actions that are still needed, to go on or to turn back, and not registered. */
export function missingActions(
  definition: SagaDefinition,
  actions: ActionRegistry,
  saga?: SagaState,
): readonly MissingAction[] {
  const missing: MissingAction[] = [];
  const isForward = saga === undefined || !turnsBack(saga);
  for (const { path, node } of shapeOf(definition).places.values()) {
    if (node.type !== "step") continue;
    const { action, agent, compensate } = node;
    const need = (name: string): void => {
      if (actions.find(name, agent) === undefined) missing.push({ step: path, action: name });
    };
    const step = saga?.steps.get(path);
    if (isForward && !isDone(step)) need(action);
    if (compensate !== undefined && (isForward || mayBeUndone(step))) need(compensate.action);
  }
  return missing;
}

/** Whether it undoes what was done, or will as soon as somebody drives it. */
function turnsBack(saga: SagaState): boolean {
  return isTurnedBack(saga) || (saga.cancelled !== undefined && canTurnBack(saga));
}

function mayBeUndone(step: StepState | undefined): boolean {
  return step !== undefined && (isDone(step) || mayHaveActed(step));
}
