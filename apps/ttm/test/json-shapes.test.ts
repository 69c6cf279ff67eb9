import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { create, sandbox } from "./ttm.ts";

const STATE = {
  txn_id: expect.any(String),
  description: expect.any(String),
  stage: expect.any(String),
  target: "@local",
  iteration: 1,
  agent: "human",
  ctx_digest: null,
  last_checkpoint: expect.stringMatching(/Z$/),
  last_error: null,
};

it("prints one state for whatever changes one", async () => {
  const { json } = sandbox();

  expect(await json("create", "x")).toEqual({ ...STATE, stage: "NEW", revision: 1 });
  expect(await json("transition", "SELECT")).toEqual({ ...STATE, stage: "SELECT", revision: 2 });
  expect(await json("update", '{"a": 1}')).toEqual({
    ...STATE,
    stage: "SELECT",
    a: 1,
    revision: 3,
  });
  expect(await json("commit")).toEqual({ ...STATE, stage: "DONE", a: 1, revision: 5 });
  expect(await json("state")).toEqual({ ...STATE, stage: "DONE", a: 1, revision: 5 });
});

it("prints an array of states for list", async () => {
  const box = sandbox();
  const id = await create(box);

  expect(await box.json("list")).toEqual([{ ...STATE, txn_id: id, stage: "NEW" }]);
  expect(await box.json("list", "DONE")).toEqual([]);
});

it("prints what each other command is about", async () => {
  const box = sandbox();
  const { json, root } = box;
  const file = join(root, "config.toml");
  writeFileSync(file, "x");
  const txn_id = await create(box);
  const folder = join(root, "ttm", "txns", txn_id);

  expect(await json("init")).toEqual({ folder: join(root, "ttm", "txns") });
  expect(await json("active")).toEqual({ txn_id });
  expect(await json("dir")).toEqual({ txn_id, folder });
  expect(await json("add", file, "config")).toEqual({
    txn_id,
    name: "100_config.toml",
    digest: "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
  });
  expect(await json("list-ctx")).toContainEqual({
    name: "100_config.toml",
    kind: "file",
    bytes: 1,
  });
  expect(await json("init-vars")).toEqual({
    e1: join(folder, "ctx/100_config.toml"),
    e_count: "1",
  });
  expect(await json("digest")).toEqual({ txn_id, ctx_digest: expect.stringMatching(/^\w{64}$/) });
  expect(await json("resolve")).toEqual({ txn_id, target: "@local", tes_plan: "localhost" });
  expect(await json("connector", "@local")).toEqual({ type: "local", host: "localhost" });
  expect(await json("connector", "@nowhere")).toBeNull();
  expect(await json("version")).toEqual({ version: expect.any(String) });
  expect(await json("events")).toContainEqual(
    expect.objectContaining({ event: "txn_start", txn_id, seq: 0 }),
  );
  expect(await json("status")).toMatchObject({
    id: txn_id,
    isActive: true,
    isFinal: false,
    state: { txn_id },
    timeline: [{ stage: "NEW", isOpen: true }],
    recent: expect.any(Array),
    context: expect.any(Array),
    evidence: [{ name: "100_config.toml", number: 100 }],
  });
  expect(await json("doctor")).toEqual(expect.any(Array));
  expect(await json("recover")).toEqual({
    journals: 0,
    swept: [],
    repaired: [],
    sagas: [],
    twoPhase: [],
  });
  expect(await json("archive")).toEqual([]);
  expect(await json("archive", "--list")).toEqual([]);
  expect(await json("prune")).toEqual([]);
});

it("prints the end of a run, and nothing else on standard output", async () => {
  const { json } = sandbox();

  expect(await json("run", "x", "--", "echo", "hi")).toMatchObject({
    stage: "DONE",
    tes_plan: "localhost",
    run: {
      command: ["echo", "hi"],
      user: expect.any(String),
      host: expect.any(String),
      exit_code: 0,
      signal: null,
      duration_ms: expect.any(Number),
    },
  });
});
