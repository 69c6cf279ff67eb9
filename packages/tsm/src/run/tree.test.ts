import { expect, it } from "vitest";
import { type FakeProcess, fakePlatform } from "../../test/fake-platform.ts";
import { findTree, type TreeSeed } from "./tree.ts";

const SEED: TreeSeed = {
  shim: { pid: 10, start: "s10" },
  main: { pid: 11, start: "s11" },
  cookie: "ours",
  carriers: true,
};
const SHIM: FakeProcess = { pid: 10, cookie: "ours" };
const MAIN: FakeProcess = { pid: 11, parent: 10, group: 10, session: 10, cookie: "ours" };

const pids = (seed: TreeSeed, ...processes: readonly FakeProcess[]): readonly number[] => {
  const platform = fakePlatform(...processes);
  return findTree(platform, platform.processes(), seed).map(({ pid }) => pid);
};

it.each<[what: string, process: FakeProcess]>([
  ["a child", { pid: 20, parent: 11 }],
  ["an orphan in the session", { pid: 20, session: 10 }],
  ["a carrier of the cookie", { pid: 20, cookie: "ours" }],
  ["a member of a child's session", { pid: 20, session: 11 }],
])("finds %s", (_what, process) => {
  expect(pids(SEED, SHIM, MAIN, process)).toEqual([11, 20]);
});

it.each<[what: string, process: FakeProcess]>([
  ["a stranger", { pid: 20 }],
  ["another service's shim, though a child started it", { pid: 20, parent: 11, cookie: "theirs" }],
  ["a zombie", { pid: 20, parent: 11, state: "zombie" }],
  ["the process that asks", { pid: process.pid, parent: 11, cookie: "ours" }],
])("leaves %s alone", (_what, process) => {
  expect(pids(SEED, SHIM, MAIN, process)).toEqual([11]);
});

it("finds the session when its leader, the shim, is dead", () => {
  expect(pids(SEED, MAIN, { pid: 20, session: 10 })).toEqual([11, 20]);
});

it("takes nobody for ours when both pids went to others", () => {
  const reused = [
    { pid: 10, start: "later" },
    { pid: 11, start: "later", session: 10 },
  ];

  expect(pids(SEED, ...reused, { pid: 20, parent: 11, session: 10 })).toEqual([]);
});

it("without a cookie, a service of another tool is its process and what that leads", () => {
  const seed = { shim: undefined, main: { pid: 11, start: "s11" }, cookie: "", carriers: true };
  const main: FakeProcess = { pid: 11, session: 5, group: 5 };

  expect(pids(seed, { pid: 20, parent: 11 }, { pid: 30, session: 5 }, main)).toEqual([11, 20]);
});
