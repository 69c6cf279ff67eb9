import { SAGA_NAME } from "../saga/check-definition.ts";
import type { ActionStep, SagaDefinition } from "../saga/definition.ts";
import type { TransactionRecord, TransactionStep } from "./record.ts";

/** The original's steps as a saga: one after the other, each tried once. */
export function definitionOf({ steps }: Pick<TransactionRecord, "steps">): SagaDefinition {
  return { name: "saga", steps: steps.map(asStep) };
}

/** The id of the step that has this name in the saga. */
export function stepIds({ steps }: Pick<TransactionRecord, "steps">): ReadonlyMap<string, string> {
  return new Map(steps.map((step, at) => [nameOf(step, at), step.step_id]));
}

function asStep(step: TransactionStep, at: number): ActionStep {
  const { agent_id: agent, action, data, compensating_action: undo } = step;
  return {
    type: "step",
    name: nameOf(step, at),
    action,
    ...(agent === "" ? {} : { agent }),
    // the original's data are data, whatever keys they have
    data: { $literal: data },
    ...(undo === null ? {} : { compensate: { action: undo, retry: { maxAttempts: 1 } } }),
  };
}

function nameOf({ step_id: id }: TransactionStep, at: number): string {
  return SAGA_NAME.test(id) ? id : `step-${at + 1}`;
}
