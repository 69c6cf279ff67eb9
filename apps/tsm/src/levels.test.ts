import { expect, it } from "vitest";
import { levelsOf } from "./levels.ts";

const needs = (name: string, ...others: readonly string[]) => ({
  name,
  dependsOn: others.map((other) => ({ name: other, condition: "started" as const })),
});
const namesOf = (levels: readonly (readonly { readonly name: string }[])[]) =>
  levels.map((level) => level.map(({ name }) => name));

it("puts each after everything that it needs, however long the chain is", async () => {
  const levels = await levelsOf([needs("web", "api"), needs("api", "db"), needs("db")]);

  expect(namesOf(levels)).toEqual([["db"], ["api"], ["web"]]);
});

it("does not count what is not among them, and does not end in a circle", async () => {
  expect(namesOf(await levelsOf([needs("web", "elsewhere")]))).toEqual([["web"]]);
  expect(namesOf(await levelsOf([needs("a", "b"), needs("b", "a")]))).toEqual([["a", "b"]]);
});
