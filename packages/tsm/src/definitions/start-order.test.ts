import { isTetraError, type TetraError } from "@tetra/errors";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Ordered, startOrder } from "./start-order.ts";

function item(name: string, ...needs: readonly string[]): Ordered {
  return { name, dependsOn: needs.map((need) => ({ name: need, condition: "started" })) };
}

function refusal(items: readonly Ordered[]): TetraError {
  try {
    startOrder(items);
  } catch (error) {
    if (isTetraError(error)) return error;
  }
  throw new Error("was not refused");
}

function namesOf(levels: readonly (readonly Ordered[])[]): readonly (readonly string[])[] {
  return levels.map((level) => level.map(({ name }) => name));
}

describe("the order to start in", () => {
  it("is in levels that need only those before them", () => {
    const items = [item("web", "api"), item("db"), item("api", "db", "cache"), item("cache")];

    expect(namesOf(startOrder(items))).toEqual([["db", "cache"], ["api"], ["web"]]);
  });

  it("names a circle, and who is in it", () => {
    const { code, message, details } = refusal([item("a", "b"), item("b", "c"), item("c", "b")]);

    expect([code, message]).toEqual([
      "DEPENDENCY_CYCLE",
      "services wait for each other: b → c → b",
    ]);
    expect(details).toEqual({ cycle: ["b", "c", "b"] });
    expect(refusal([item("a", "a")]).message).toContain("a → a");
  });

  it("names a dependency that is not there, and the nearest that is", () => {
    const { code, message, hint } = refusal([item("api", "postgers"), item("postgres")]);

    expect([code, message, hint]).toEqual([
      "UNKNOWN_DEPENDENCY",
      "api depends on postgers, which is not defined",
      "did you mean postgres?",
    ]);
  });
});

const NAMES = ["a", "b", "c", "d", "e", "f", "g"];
const anyGraph = fc
  .tuple(...NAMES.map(() => fc.subarray(NAMES)))
  .map((needs) => needs.map((of, index) => item(NAMES[index] ?? "", ...of)));
/** Whoever needs only those before it in the alphabet. */
const anyTree = anyGraph.map((items) =>
  items.map(({ name, dependsOn }) => ({
    name,
    dependsOn: dependsOn.filter((need) => need.name < name),
  })),
);

/** The model: how long the longest way down is. */
function depthOf(name: string, items: readonly Ordered[]): number {
  const needs = items.find((one) => one.name === name)?.dependsOn ?? [];
  return Math.max(0, ...needs.map((need) => depthOf(need.name, items) + 1));
}

/** The names in the circle; none when there is an order. */
function cycleIn(items: readonly Ordered[]): readonly string[] {
  try {
    startOrder(items);
    return [];
  } catch (error) {
    if (!isTetraError(error, "DEPENDENCY_CYCLE")) throw error;
    const [, cycle = ""] = error.message.split(": ");
    return cycle.split(" → ");
  }
}

describe("whatever depends on whatever", () => {
  it("each is in the level of the longest way down to what needs nothing", () => {
    fc.assert(
      fc.property(anyTree, (items) => {
        const levels = namesOf(startOrder(items));

        expect(levels.flat().toSorted()).toEqual(NAMES);
        levels.forEach((level, index) => {
          expect(level.map((name) => depthOf(name, items))).toEqual(level.map(() => index));
        });
      }),
    );
  });

  it("there is an order, or a circle whose every step is a dependency", () => {
    fc.assert(
      fc.property(anyGraph, (items) => {
        const needs = (from: string, to: string): boolean =>
          items.some(
            ({ name, dependsOn }) => name === from && dependsOn.some((need) => need.name === to),
          );
        const cycle = cycleIn(items);

        expect(cycle.slice(1).every((to, index) => needs(cycle[index] ?? "", to))).toBe(true);
        expect(cycle.at(-1)).toBe(cycle[0]);
      }),
    );
  });
});
