import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { contextFunctions } from "../../src/shell/context-functions/index.ts";
import { flowFunctions } from "../../src/shell/flow-functions/index.ts";
import { knownFunctions } from "../../src/shell/functions.ts";

const file = readFileSync(
  join(import.meta.dirname, "../../../../packages/rag-adapter/shell/flow_manager_ttm.sh"),
  "utf8",
);
const stubs = [...file.matchAll(/^([a-z]\w*)\(\) \{/gm)].map(([, name = ""]) => name);
const names = [...Object.keys(flowFunctions), ...Object.keys(contextFunctions)].toSorted();

it("every function has a stub in the file to source, and every stub a function", () => {
  expect(stubs.toSorted()).toEqual(names);
});

it("every stub calls the function of its name", () => {
  const called = [...file.matchAll(/_tetra_(?:call|ask) (\w+)/g)].map(([, name = ""]) => name);
  expect(called).toEqual(stubs);
});

it("every function is handed on to child shells", () => {
  const exported = /export -f ([^#]*?)\nfi/.exec(file)?.[1] ?? "";
  expect(exported.split(/[\s\\]+/).toSorted()).toEqual(names);
});

it.each(names)("%s is found by its name", async (name) => {
  expect(await knownFunctions().find(name)).toBeTypeOf("function");
});
