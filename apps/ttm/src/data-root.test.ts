import { expect, it } from "vitest";
import { placesOf, workingFolder } from "./data-root.ts";

const cwd = (): string => "/work";
const env = { TETRA_DIR: "/data" };

it("keeps transactions below TETRA_DIR", () => {
  expect(placesOf({ env, cwd })).toEqual({
    root: "/data",
    transactions: "/data/ttm/txns",
    topology: "/data/ttm/topology.json",
    actions: "/data/ttm/actions.json",
  });
});

it("lets TTM_DIR and TTM_TXNS_DIR win", () => {
  expect(placesOf({ env: { ...env, TTM_DIR: "/t" }, cwd })).toEqual({
    root: "/data",
    transactions: "/t/txns",
    topology: "/t/topology.json",
    actions: "/t/actions.json",
  });
  expect(placesOf({ env: { ...env, TTM_DIR: "/t", TTM_TXNS_DIR: "/x" }, cwd })).toEqual({
    root: "/data",
    transactions: "/x",
    topology: "/t/topology.json",
    actions: "/t/actions.json",
  });
});

it("takes a module's transactions and the shared topology", () => {
  expect(placesOf({ env: { ...env, TTM_TXNS_DIR: "/x" }, cwd, module: "rag" })).toEqual({
    root: "/data",
    transactions: "/data/rag/txns",
    topology: "/data/ttm/topology.json",
    actions: "/data/ttm/actions.json",
  });
});

it("lets --dir win over the whole environment", () => {
  const loud = { TETRA_DIR: "/data", TTM_DIR: "/t", TTM_TXNS_DIR: "/x" };

  expect(placesOf({ env: loud, cwd, dir: "here" })).toEqual({
    root: "/work/here",
    transactions: "/work/here/ttm/txns",
    topology: "/work/here/ttm/topology.json",
    actions: "/work/here/ttm/actions.json",
  });
});

it("takes empty variables for unset ones", () => {
  expect(placesOf({ env: { ...env, TTM_DIR: "", TTM_TXNS_DIR: "" }, cwd }).transactions).toBe(
    "/data/ttm/txns",
  );
});

it.each([{}, { TETRA_DIR: "" }, { TTM_TXNS_DIR: "/x" }])("needs to be told where: %j", (bare) => {
  expect(() => placesOf({ env: bare, cwd })).toThrow(
    expect.objectContaining({ code: "NO_DATA_ROOT" }),
  );
});

it.each(["", "..", "a/b", ".hidden", "-x"])("refuses %j for a module", (module) => {
  expect(() => placesOf({ env, cwd, module })).toThrow(expect.objectContaining({ code: "USAGE" }));
});

it("does not need the working directory while every path is absolute", () => {
  const gone = (): string => {
    throw new Error("ENOENT: uv_cwd");
  };

  expect(placesOf({ env, cwd: gone }).transactions).toBe("/data/ttm/txns");
  expect(() => placesOf({ env: { TETRA_DIR: "t" }, cwd: () => workingFolder(gone) })).toThrow(
    expect.objectContaining({ code: "NO_DATA_ROOT", message: "the current folder was removed" }),
  );
});
