import { expect, it } from "vitest";
import { newEvent, type NewEvent } from "../transaction/event.ts";
import type { ActionRegistry } from "./action.ts";
import type { SagaDefinition } from "./definition.ts";
import { evolveSaga } from "./evolve-saga.ts";
import { missingActions } from "./missing-actions.ts";
import type { SagaState } from "./saga-state.ts";

const definition: SagaDefinition = {
  name: "tidy",
  steps: [
    { type: "step", name: "a", action: "doA", compensate: { action: "undoA" } },
    {
      type: "parallel",
      name: "p",
      steps: [
        { type: "step", name: "b", agent: "ops", action: "doB", compensate: { action: "undoB" } },
      ],
    },
  ],
};

function sagaOf(...events: readonly NewEvent[]): SagaState {
  const defined = newEvent("saga_defined", 0, { name: "tidy", digest: "", definition });
  const saga = [defined, ...events].reduce(evolveSaga, undefined);
  if (saga === undefined) throw new Error("no saga");
  return saga;
}

const done = (path: string): NewEvent => newEvent("step_completed", 0, { step: path, attempt: 1 });
const failed = (path: string): NewEvent =>
  newEvent("step_failed", 0, { step: path, attempt: 1, error: "no", outcome: "failed" });
const turned = newEvent("saga_failed", 0, { error: "no", reason: "cancelled" });
const none: ActionRegistry = { find: () => undefined };
const only = (...names: readonly string[]): ActionRegistry => ({
  find: (name) => (names.includes(name) ? () => undefined : undefined),
});
const missing = (saga?: SagaState, actions = none): readonly string[] =>
  missingActions(definition, actions, saga).map(({ step, action }) => `${step} ${action}`);

it("everything is needed before it begins", () => {
  expect(missing()).toEqual(["a doA", "a undoA", "p/b doB", "p/b undoB"]);
});

it("what is registered is not missing, asked for with the step's agent", () => {
  const asked: unknown[] = [];
  const noting = {
    find(name: string, agent?: string) {
      asked.push([name, agent]);
      return undefined;
    },
  };
  expect(missing(undefined, noting)).toHaveLength(4);
  expect(asked).toContainEqual(["doB", "ops"]);
  expect(missing(undefined, only("doA", "undoA", "doB"))).toEqual(["p/b undoB"]);
});

it("what is done is needed no more, what undoes it is", () => {
  expect(missing(sagaOf(done("a")))).toEqual(["a undoA", "p/b doB", "p/b undoB"]);
});

it("on the way back only what undoes what was done, or may be, is needed", () => {
  expect(missing(sagaOf(done("a"), turned))).toEqual(["a undoA"]);
  expect(missing(sagaOf(done("a"), failed("p/b"), turned))).toEqual(["a undoA"]);
});

it("a saga that was cancelled is on the way back, although nobody has acted on it yet", () => {
  const cancelled = newEvent("cancel_requested", 0, { by: "ann", why: "" });
  expect(missing(sagaOf(done("a"), cancelled))).toEqual(["a undoA"]);
});
