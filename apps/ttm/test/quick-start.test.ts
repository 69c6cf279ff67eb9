import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { create, sandbox } from "./ttm.ts";

it("reads as the original's quick start does", async () => {
  const box = sandbox();
  const { ok, root } = box;
  const artifact = join(root, "app.tar.gz");
  writeFileSync(artifact, "artifact");

  const id = await create(box, "deploy api v2.1.0", "@staging");
  const folder = join(root, "ttm", "txns", id);
  expect(id).toMatch(/^deploy-api-v2-1-0-\d{8}T\d{6}$/);
  expect(await ok("active")).toBe(`${id}\n`);
  expect(await ok("dir")).toBe(`${folder}\n`);

  expect(await ok("transition", "SELECT")).toBe("Transaction transitioned: NEW → SELECT\n");
  expect(await ok("add", artifact, "artifact")).toBe("Added context: 100_artifact.tar.gz\n");
  expect(await ok("list-ctx")).toBe(
    "Context files:\n000_policy.md\n010_request.md\n100_artifact.tar.gz\n",
  );
  expect(await ok("init-vars")).toBe(
    `Evidence variables initialized: 1 file(s)\n  $e1 = ${folder}/ctx/100_artifact.tar.gz\n`,
  );
  expect(await ok("resolve")).toBe("TES resolved: @staging → staging.local\n");
  const digest = (await ok("digest")).trimEnd();
  expect(digest).toMatch(/^[0-9a-f]{64}$/);

  await ok("transition", "EXECUTE");
  await ok("transition", "VALIDATE");
  expect(await ok("commit")).toBe(
    `Transaction transitioned: VALIDATE → DONE\nTransaction committed: ${id}\n`,
  );

  const state = await ok("state");
  expect(state).toBe(readFileSync(join(folder, "state.json"), "utf8"));
  expect(JSON.parse(state)).toMatchObject({
    txn_id: id,
    stage: "DONE",
    target: "@staging",
    tes_plan: "staging.local",
    ctx_digest: digest,
    agent: "human",
  });
  expect(Object.keys(JSON.parse(state)).at(-1)).toBe("revision");
  expect(await ok("events")).toBe(readFileSync(join(folder, "events.ndjson"), "utf8"));
});

it("prints the original's status when piped", async () => {
  const box = sandbox();
  const id = await create(box, "back up", "@local", "cron");
  const { last_checkpoint: ts } = JSON.parse(await box.ok("state"));

  expect(await box.ok("status")).toBe(`Transaction: ${id}
Description: back up
Stage: NEW
Target: @local
Iteration: 1
Agent: cron
Context digest: none...
Last updated: ${ts}

Recent events:
  [${ts}] txn_start

Context files:
  000_policy.md
  010_request.md
`);
});

it("prints the original's list when piped, the active transaction marked", async () => {
  const box = sandbox();
  const id = await create(box);

  expect(await box.ok("list")).toBe(
    `Transactions:\n${"─".repeat(56)}\n→ ${id.padEnd(40)}  NEW         deploy api\n`,
  );
  expect(await box.ok("list", "DONE")).toBe(`Transactions:\n${"─".repeat(56)}\n`);
});

it("has no transactions before the first", async () => {
  const { ok } = sandbox();

  expect(await ok("list")).toBe("No transactions found\n");
  expect(await ok("active")).toBe("");
  expect(JSON.parse(await ok("list", "--json"))).toEqual([]);
});

it("fails with a message, on the terminal's side of things", async () => {
  const box = sandbox();
  const id = await create(box);

  const { stdout, stderr, exitCode } = await box.ttm("fail", "health check failed");

  expect({ stdout, stderr, exitCode }).toEqual({
    stdout: "Transaction transitioned: NEW → FAIL\n",
    stderr: `Transaction failed: ${id} - health check failed\n`,
    exitCode: 0,
  });
  expect(JSON.parse(await box.ok("state"))).toMatchObject({ last_error: "health check failed" });
  expect(await box.ok("status")).toContain("Last error: health check failed\n");
});

it("takes a single argument of fail for the id where a transaction has it", async () => {
  const box = sandbox();
  const first = await create(box, "first");
  await create(box, "second");

  await box.ok("fail", first);

  expect(JSON.parse(await box.ok("state", first))).toMatchObject({
    stage: "FAIL",
    last_error: "Unknown error",
  });
  expect(JSON.parse(await box.ok("state"))).toMatchObject({ stage: "NEW" });
});

it("makes another transaction active", async () => {
  const box = sandbox();
  const first = await create(box, "first");
  await create(box, "second");

  expect(await box.ok("active", "first")).toBe(`${first}\n`);
  expect(await box.ok("active")).toBe(`${first}\n`);
});

it("sets fields, of the active transaction too", async () => {
  const box = sandbox();
  const id = await create(box);

  expect(await box.ok("update", id, '{"ticket": "OPS-7"}')).toBe("");
  await box.ok("update", '{"target": "@prod"}');

  expect(JSON.parse(await box.ok("state"))).toMatchObject({ ticket: "OPS-7", target: "@prod" });
});

it("filters events as grep does: nothing found is status 1", async () => {
  const box = sandbox();
  const id = await create(box);
  await box.ok("transition", "SELECT");

  const found = await box.ok("events", id, "stage_transition");
  const none = await box.ttm("events", "", "txn_commit");

  expect(found.split("\n")).toHaveLength(2);
  expect(JSON.parse(found)).toMatchObject({ event: "stage_transition", from: "NEW", to: "SELECT" });
  expect(none).toEqual({ stdout: "", stderr: "", exitCode: 1 });
});

it("gives a shell its evidence variables", async () => {
  const box = sandbox();
  await create(box);
  const odd = join(box.root, "it's $HOME.txt");
  writeFileSync(odd, "x");
  await box.ok("add", odd, "it's $HOME `date`");

  const { stdout } = await box.shell(
    'set -eu; eval "$(ttm init-vars --export)"; printf "%s|" "$e_count" "$e1"; cat "$e1"',
    "sh",
  );

  expect(stdout).toBe(`1|${(await box.ok("dir")).trimEnd()}/ctx/100_it's $HOME \`date\`.txt|x`);
});

it("works on a module's transactions", async () => {
  const box = sandbox();
  const id = (await box.ok("--module", "rag", "create", "ask")).trimEnd();

  expect(await box.ok("dir", "--module=rag")).toBe(`${join(box.root, "rag", "txns", id)}\n`);
  expect(await box.ok("list")).toBe("No transactions found\n");
});

it("works where --dir says, whatever the environment says", async () => {
  const box = sandbox();
  const { ok } = sandbox({ TETRA_DIR: undefined });
  const id = (await ok("--dir", box.root, "create", "x")).trimEnd();

  expect(await box.ok("active")).toBe(`${id}\n`);
});

it("resolves through topology.json and prints its entries as they are", async () => {
  const box = sandbox();
  await create(box, "deploy", "@web");
  const entry = { type: "ssh", host: "web.example", user: "deploy", rack: 7 };

  expect(await box.ok("connector", "@web")).toBe("");
  expect(JSON.parse(await box.ok("connector", "@prod"))).toEqual({
    type: "ssh",
    host: "prod.local",
    user: "deploy",
  });
  expect(await box.ok("resolve")).toBe("TES resolved: @web → web\n");
  writeFileSync(join(box.root, "ttm", "topology.json"), JSON.stringify({ "@web": entry }));
  expect(await box.ok("connector", "@web")).toBe(`${JSON.stringify(entry, undefined, 2)}\n`);
  expect(await box.ok("connector", "@prod")).toBe("");
  expect(await box.ok("resolve")).toBe("TES resolved: @web → deploy@web.example\n");
});
