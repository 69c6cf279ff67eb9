import { expect, it } from "vitest";
import { action, actionRegistry } from "./action-registry.ts";

it("finds the action of an agent before the general one", () => {
  const general = action("refund", () => "general");
  const special = action("billing:refund", () => "billing");
  const registry = actionRegistry([general, special]);

  expect(registry.find("refund")).toBe(general.run);
  expect(registry.find("refund", "billing")).toBe(special.run);
  expect(registry.find("refund", "support")).toBe(general.run);
  expect(registry.find("charge", "billing")).toBeUndefined();
});

it("takes an object of actions by name", () => {
  const refund = (): string => "done";
  const registry = actionRegistry({ refund });

  expect(registry.find("refund")).toBe(refund);
  expect(registry.find("constructor")).toBeUndefined();
});

it("refuses two actions of one name", () => {
  const twice = action("twice", () => 2);

  expect(() => actionRegistry([twice, twice])).toThrow('two actions are called "twice"');
});
