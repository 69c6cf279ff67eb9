import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { create, sandbox } from "./ttm.ts";

it("needs to know where the data is", async () => {
  const { ttm } = sandbox({ TETRA_DIR: "" });
  const { stderr, exitCode } = await ttm("list");

  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^❌ Error: TETRA_DIR environment variable not set\nHint: .+\n$/);
});

it("needs no data for help, completion and the version", async () => {
  const { ok } = sandbox({ TETRA_DIR: undefined });

  expect(await ok()).toContain("Usage: ttm <command>");
  expect(await ok("help", "create")).toContain("Usage: ttm create <description>");
  expect(await ok("completion", "bash")).toContain("__complete");
  expect(await ok("version")).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await ok("--version")).toBe(await ok("version"));
});

it("ends with 1 when nothing is active", async () => {
  const { ttm } = sandbox();

  expect(await ttm("state")).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringContaining(
      "Error: No transaction ID provided and no active transaction\n",
    ),
  });
});

it("ends with 2 when a move is not allowed", async () => {
  const box = sandbox();
  const id = await create(box);
  await box.ok("commit");

  expect(await box.ttm("transition", "EXECUTE")).toMatchObject({
    exitCode: 2,
    stderr: `Error: ${id}: cannot go from DONE to EXECUTE\nHint: DONE is final: create a new transaction\n`,
  });
});

it("ends with 64 when the command line is wrong", async () => {
  const { ttm } = sandbox();

  expect(await ttm("frobnicate")).toEqual({
    exitCode: 64,
    stdout: "",
    stderr: 'Unknown command: frobnicate\nHint: run "ttm help" to see every command\n',
  });
  for (const args of [["transition"], ["create"], ["list", "--nope"], ["run", "x"], ["update"]]) {
    expect(await ttm(...args)).toMatchObject({ exitCode: 64, stdout: "" });
  }
  expect(await ttm("prune", "--older-than", "soon")).toMatchObject({ exitCode: 64 });
  expect(await ttm("completion", "tcsh")).toMatchObject({ exitCode: 64 });
});

it("ends with 65 when data is not what it must be", async () => {
  const box = sandbox();
  await create(box);

  expect(await box.ttm("transition", "NOWHERE")).toMatchObject({ exitCode: 65 });
  expect(await box.ttm("update", "{")).toMatchObject({ exitCode: 65 });
  expect(await box.ttm("update", '{"stage": "DONE"}')).toMatchObject({ exitCode: 65 });
  expect(await box.ttm("create", "  ")).toMatchObject({ exitCode: 65 });
  expect(await box.ttm("state", "../../etc")).toMatchObject({ exitCode: 65 });
  mkdirSync(join(box.root, "ttm"), { recursive: true });
  writeFileSync(join(box.root, "ttm", "topology.json"), '{"@a":\n oops}');
  expect(await box.ttm("connector", "@a")).toMatchObject({
    exitCode: 65,
    stderr: expect.stringContaining(`${join(box.root, "ttm", "topology.json")}:2:2: not JSON\n`),
  });
});

it("ends with 66 when something is not there", async () => {
  const box = sandbox();
  await create(box);

  for (const args of [
    ["state", "nothing"],
    ["status", "nothing"],
    ["commit", "nothing"],
    ["transition", "DONE", "nothing"],
    ["events", "nothing"],
    ["events", "-f", "nothing"],
    ["add", "/nowhere/at/all", "x"],
    ["run", "x", "--ctx", "/nowhere", "--", "true"],
    ["archive", "--restore", "nothing"],
  ]) {
    expect({ args, ...(await box.ttm(...args)) }).toMatchObject({ args, exitCode: 66, stdout: "" });
  }
});

it("gives errors as one JSON object on standard error", async () => {
  const { ttm } = sandbox();
  const { stdout, stderr, exitCode } = await ttm("state", "nothing", "--json");

  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 66 });
  expect(JSON.parse(stderr)).toEqual({
    error: {
      code: "NOT_FOUND",
      message: "nothing: no such transaction",
      hint: expect.any(String),
      details: { id: "nothing" },
    },
  });
});
