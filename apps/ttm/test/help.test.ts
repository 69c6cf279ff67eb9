import { expect, it } from "vitest";
import { sandbox } from "./ttm.ts";

const COMMANDS = (
  "init create active dir state update transition commit fail add list-ctx init-vars digest list " +
  "status events resolve connector help run watch recover doctor archive prune completion version " +
  "push pull do tes saga show cancel approve reject worker"
).split(" ");

it.each([[[]], [["help"]], [["h"]], [["--help"]], [["-h"]]])(
  "lists every command for %j",
  async (args) => {
    const help = await sandbox().ok(...args);

    const shown = [...help.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name);
    expect(shown).toEqual(expect.arrayContaining(COMMANDS));
  },
);

it("has the original's groups and examples", async () => {
  const help = await sandbox().ok("help");

  for (const title of [
    "Transaction Lifecycle:",
    "Context Management:",
    "Query:",
    "TES Integration:",
    "Sagas:",
    "Two-Phase Commit:",
  ]) {
    expect(help).toContain(title);
  }
  expect(help).toContain("Examples:");
});

it.each(COMMANDS)("explains %s", async (command) => {
  expect(await sandbox().ok("help", command)).toContain(`Usage: ttm ${command}`);
});

it("explains a command that is asked itself, wherever --help stands", async () => {
  const { ok } = sandbox();
  const help = await ok("help", "run");

  expect(await ok("run", "--help")).toBe(help);
  expect(await ok("run", "x", "-h", "--", "true")).toBe(help);
});

it("explains a family of commands, and each of them", async () => {
  const { ok } = sandbox();

  expect(await ok("tes")).toBe(await ok("help", "tes"));
  expect(await ok("tes")).toMatch(/tes resolve <symbol>(?:.|\n)*tes explain <symbol>/);
  expect(await ok("help", "tes", "ping")).toContain("Usage: ttm tes ping <symbol>");
  expect(await ok("tes", "ping", "-h")).toBe(await ok("help", "tes", "ping"));
});
