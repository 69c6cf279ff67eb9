import fc from "fast-check";
import { expect, it } from "vitest";
import type { SagaDefinition } from "./definition.ts";
import type { StepState } from "./saga-state.ts";
import { shapeOf } from "./shape.ts";
import { noSteps } from "./step-states.ts";

const definition: SagaDefinition = {
  name: "s",
  steps: [
    { type: "step", name: "a", action: "x" },
    {
      type: "parallel",
      name: "p",
      steps: ["b", "c"].map((name) => ({ type: "step", name, action: "x" })),
    },
    { type: "step", name: "d", action: "x" },
  ],
};
const PATHS = ["a", "p/b", "p/c", "d"];
const running = (attempts: number): StepState => ({
  status: "running",
  attempts,
  failures: 0,
  startedMs: 0,
});

it("are what a map would hold, in the order of the definition, whatever was put in and taken out", () => {
  const change = fc.record({
    path: fc.constantFrom(...PATHS, "unknown"),
    attempts: fc.option(fc.nat(), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const model = new Map<string, StepState>();
      let states = noSteps(shapeOf(definition));
      for (const { path, attempts } of changes) {
        states =
          attempts === undefined ? states.without(path) : states.with(path, running(attempts));
        if (attempts === undefined) model.delete(path);
        else if (PATHS.includes(path)) model.set(path, running(attempts));
      }
      const expected = PATHS.flatMap((path) => {
        const step = model.get(path);
        return step === undefined ? [] : [[path, step] as const];
      });
      expect([...states]).toEqual(expected);
      expect(states.values()).toEqual(expected.map(([, step]) => step));
      for (const path of PATHS) expect(states.has(path)).toBe(model.has(path));
    }),
  );
});

it("never change: another one comes out", () => {
  const before = noSteps(shapeOf(definition));
  before.with("a", running(1));
  expect(before.get("a")).toBeUndefined();
});
