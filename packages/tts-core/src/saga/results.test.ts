import { expect, it } from "vitest";
import { newEvent, type NewEvent } from "../transaction/event.ts";
import type { SagaNode } from "./definition.ts";
import { evolveSaga } from "./evolve-saga.ts";
import { resultOf, resultsOf } from "./results.ts";
import type { SagaState } from "./saga-state.ts";

const step = (name: string): SagaNode => ({ type: "step", name, action: "do" });
const steps: readonly SagaNode[] = [
  step("a"),
  {
    type: "saga",
    name: "s",
    steps: [step("b"), { type: "parallel", name: "p", steps: [step("c")] }],
  },
];

function sagaOf(...events: readonly NewEvent[]): SagaState {
  const definition = { name: "tidy", steps };
  const defined = newEvent("saga_defined", 0, { name: "tidy", digest: "", definition });
  const saga = [defined, ...events].reduce(evolveSaga, undefined);
  if (saga === undefined) throw new Error("no saga");
  return saga;
}

const done = (path: string, result?: unknown): NewEvent =>
  newEvent("step_completed", 0, {
    step: path,
    attempt: 1,
    ...(result === undefined ? {} : { result }),
  });

it("results are found by name; a group's hold those of its steps", () => {
  const saga = sagaOf(done("a", 1), done("s/b", { id: 2 }), done("s/p/c", [3]));
  expect(resultsOf(saga)).toEqual({ a: 1, s: { b: { id: 2 }, p: { c: [3] } } });
});

it("a step that is not done, or has no result, is left out", () => {
  const started = newEvent("step_started", 0, { step: "a", attempt: 1, key: "" });
  expect(resultsOf(sagaOf(started, done("s/b")))).toEqual({ s: { p: {} } });
});

it("results kept as artifacts are there once they were read", () => {
  const stored = newEvent("step_completed", 0, { step: "a", attempt: 1, result_file: "a.json" });
  expect(resultOf(sagaOf(stored), "a", new Map())).toBeUndefined();
  expect(resultsOf(sagaOf(stored), new Map([["a", 7]]))).toEqual({ a: 7, s: { p: {} } });
});
