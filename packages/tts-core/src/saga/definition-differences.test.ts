import { expect, it } from "vitest";
import type { SagaDefinition, SagaNode } from "./definition.ts";
import { differences } from "./definition-differences.ts";

const step = (name: string, more: object = {}): SagaNode => ({
  type: "step",
  name,
  action: "do",
  ...more,
});
const saga = (...steps: SagaNode[]): SagaDefinition => ({ name: "s", steps });

it("finds none between definitions that differ in their input and the order of keys", () => {
  const before = { ...saga(step("a", { data: { x: 1, y: 2 } })), input: 1 };
  const after = { ...saga(step("a", { data: { y: 2, x: 1 } })), input: 2 };

  expect(differences(before, after)).toEqual([]);
});

it("says what was added, removed, moved and changed, by path", () => {
  const group = (...steps: SagaNode[]): SagaNode => ({ type: "parallel", name: "g", steps });
  const before = saga(
    step("a"),
    step("old"),
    step("b", { timeoutMs: 5 }),
    group(step("x"), step("y"), step("z")),
  );
  const after = {
    ...saga(
      step("b", { timeoutMs: 7, data: "long ".repeat(30) }),
      step("a", { action: "redo" }),
      group(step("x", { pivot: true }), { type: "signal", name: "y" }, step("w"), step("z")),
    ),
    timeoutMs: 9,
  };

  expect(differences(before, after)).toEqual([
    "the saga: timeoutMs changed from nothing to 9",
    "old: removed",
    "b: timeoutMs changed from 5 to 7",
    "b: data changed",
    'a: action changed from "do" to "redo"',
    "g/x: pivot changed from nothing to true",
    "g/y: changed from step to signal",
    "g/w: added",
    "order changed from a, b, g to b, a, g",
  ]);
});

it("says where in a group the order changed", () => {
  const group = (...steps: SagaNode[]): SagaNode => ({ type: "saga", name: "g", steps });

  expect(differences(saga(group(step("a"), step("b"))), saga(group(step("b"), step("a"))))).toEqual(
    ["g: order changed from a, b to b, a"],
  );
});
