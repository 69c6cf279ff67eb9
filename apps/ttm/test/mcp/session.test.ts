import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agentBox, making, PERMISSIVE } from "./agent-box.ts";

const READING = [
  "list_transactions",
  "get_transaction",
  "read_log",
  "read_transaction_file",
  "show_plan",
  "wait_for_approval",
  "list_services",
  "get_service",
  "read_service_logs",
];
const CHANGING = [
  "open_transaction",
  "add_evidence",
  "propose_steps",
  "run_steps",
  "validate_transaction",
  "commit_transaction",
  "fail_transaction",
  "undo_transaction",
  "cancel_transaction",
  "start_service",
  "stop_service",
  "restart_service",
  "reload_service",
];

describe.each(["legacy", "modern"] as const)("a client of the %s protocol", (era) => {
  it("opens, adds evidence, proposes, runs, validates and commits", async () => {
    const box = agentBox();
    box.policy(PERMISSIVE);
    writeFileSync(join(box.work, "found.txt"), "what was found");
    const { call } = await box.agent({ era, name: "claude" });

    const { id } = await call("open_transaction", { description: "make two files" });
    const added = await call("add_evidence", { id, description: "finding", path: "found.txt" });
    const proposed = await call("propose_steps", { id, steps: [making("one"), making("two")] });
    expect(existsSync(join(box.work, "one"))).toBe(false);
    const ran = await call("run_steps", { id });
    const valid = await call("validate_transaction", {
      id,
      checks: [{ name: "there", run: ["test", "-f", "one"] }],
    });
    const committed = await call("commit_transaction", { id });

    expect(added["name"]).toBe("100_finding.txt");
    expect([proposed, ran, valid, committed].map(({ phase }) => phase)).toEqual([
      "proposed",
      "ran",
      "ran",
      "committed",
    ]);
    expect(valid["validation"]).toEqual({
      passed: true,
      by: "claude (agent)",
      checks: [{ name: "there", passed: true }],
    });
    expect(readdirSync(box.work).toSorted()).toEqual(["found.txt", "one", "two"]);
    expect(await box.json("state", id)).toMatchObject({ stage: "DONE", agent: "claude" });
  });
});

it("undoes what has run when the validation failed, and does not commit it", async () => {
  const box = agentBox();
  box.policy(PERMISSIVE);
  const { call, refused } = await box.agent();
  const { id } = await call("open_transaction", { description: "make a file" });
  await call("propose_steps", { id, steps: [making("one")] });
  await call("run_steps", { id });

  const checks = [
    { name: "there", run: ["test", "-f", "one"] },
    { name: "other", run: ["cat", "two"] },
  ];
  const { validation } = await call("validate_transaction", { id, checks });
  expect(validation).toMatchObject({
    passed: false,
    checks: [{ passed: true }, { passed: false, error: expect.stringContaining("status 1") }],
  });
  expect(await refused("commit_transaction", { id })).toMatchObject({ code: "NOT_VALID" });

  const undone = await call("undo_transaction", { id, reason: "two is missing" });
  expect(undone).toMatchObject({ phase: "undone", steps: [{ status: "compensated" }] });
  expect(readdirSync(box.work)).toEqual([]);
  expect(await box.json("state", id)).toMatchObject({ stage: "FAIL" });
});

it("undoes by itself what was done before a step that fails", async () => {
  const box = agentBox();
  box.policy(PERMISSIVE);
  const { call } = await box.agent();
  const { id } = await call("open_transaction", { description: "fail" });
  await call("propose_steps", { id, steps: [making("one"), { name: "bad", run: ["false"] }] });

  expect(await call("run_steps", { id })).toMatchObject({
    phase: "undone",
    failure: "bad: command exited with status 1",
    steps: [{ status: "compensated" }, { status: "failed" }],
  });
  expect(readdirSync(box.work)).toEqual([]);
});

it("undoes what was committed, as a transaction of its own", async () => {
  const box = agentBox();
  box.policy(PERMISSIVE);
  const { call } = await box.agent();
  const { id } = await call("open_transaction", { description: "make a file" });
  await call("propose_steps", { id, steps: [making("one")] });
  await call("run_steps", { id });
  await call("commit_transaction", { id });

  const undo = await call("undo_transaction", { id, reason: "not wanted any more" });

  expect(undo).toMatchObject({ phase: "committed", undoes: id, is_ours: true });
  expect(await call("get_transaction", { id })).toMatchObject({ undone_by: undo.id });
  expect(readdirSync(box.work)).toEqual([]);
});

it("hands what a step printed to a later one", async () => {
  const box = agentBox();
  box.policy(PERMISSIVE);
  const { call } = await box.agent();
  const { id } = await call("open_transaction", { description: "chain" });
  const before = { name: "before", run: ["printf", "%s", "a b; rm -rf x"] };
  const use = {
    name: "use",
    run: ["touch", { result_of: "before" }],
    undo: { run: ["rm", "-f", { result_of: "before" }] },
  };
  await call("propose_steps", { id, steps: [before, use] });
  await call("run_steps", { id });

  expect(readdirSync(box.work)).toEqual(["a b; rm -rf x"]);
  await call("undo_transaction", { id, reason: "enough" });
  expect(readdirSync(box.work)).toEqual([]);
});

it("fails and cancels what has run nothing", async () => {
  const { agent } = agentBox();
  const { call, refused } = await agent();
  const open = async (): Promise<string> =>
    (await call("open_transaction", { description: "nothing" })).id;
  const [failed, cancelled, proposed] = [await open(), await open(), await open()];
  await call("propose_steps", { id: proposed, steps: [making("x")] });

  expect(await refused("fail_transaction", { id: proposed, reason: "no" })).toMatchObject({
    code: "INVALID_STAGE",
  });
  expect(await call("fail_transaction", { id: failed, reason: "not needed" })).toMatchObject({
    phase: "failed",
    failure: "not needed",
  });
  expect(await call("cancel_transaction", { id: cancelled, reason: "no" })).toMatchObject({
    phase: "failed",
  });
  expect(await call("cancel_transaction", { id: proposed, reason: "no" })).toMatchObject({
    phase: "undone",
    failure: expect.stringContaining("no"),
  });
});

it("commits a transaction without steps, which is then a record of what was found", async () => {
  const { agent } = agentBox();
  const { call } = await agent();
  const { id } = await call("open_transaction", { description: "look" });
  await call("add_evidence", { id, description: "notes", text: "all is well" });

  expect(await call("commit_transaction", { id })).toMatchObject({ phase: "committed" });
});

it("shows a plan before and after it is proposed", async () => {
  const box = agentBox();
  box.policy(PERMISSIVE);
  const { call } = await box.agent();
  const steps = [making("one"), { name: "look", run: ["cat", "one"] }];
  const expected = {
    lines: [
      expect.stringContaining("2 steps"),
      "  1. make-one: touch one",
      "     undone by rm -f one",
      "  2. look: cat one",
      "If it fails, what was done is undone: make-one.",
      "Nothing undoes look.",
    ],
    undone: ["make-one"],
    not_undone: ["look"],
    approvals: [],
  };

  expect(await call("show_plan", { steps })).toEqual(expected);
  const { id } = await call("open_transaction", { description: "plan" });
  await call("propose_steps", { id, steps });
  expect(await call("show_plan", { id })).toEqual(expected);
  expect(readFileSync(join(box.root, "ttm/txns", id, "artifacts/plan.txt"), "utf8")).toContain(
    "1. make-one: touch one\n",
  );
});

describe("the mode", () => {
  it("read lists only what changes nothing, and it is the default", async () => {
    const box = agentBox();
    const { client, call } = await box.agent({ mode: "read" });
    const { tools } = await client.listTools();

    expect(tools.map(({ name }) => name).toSorted()).toEqual(READING.toSorted());
    expect(tools.every(({ annotations }) => annotations?.readOnlyHint === true)).toBe(true);
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual([
      "investigate_service",
    ]);
    expect(await call("list_transactions", {})).toEqual({ transactions: [] });
  });

  it("read refuses to call the others", async () => {
    const { agent } = agentBox();
    const { client } = await agent({ mode: "read" });

    for (const name of CHANGING) {
      await expect(client.callTool({ name, arguments: {} })).rejects.toThrow(/not found/);
    }
  });

  it("operate lists all of them, each with a description, schemas and hints", async () => {
    const { agent } = agentBox();
    const { client } = await agent();
    const { tools } = await client.listTools();

    expect(tools.map(({ name }) => name).toSorted()).toEqual([...READING, ...CHANGING].toSorted());
    expect(tools).toEqual(
      tools.map(() =>
        expect.objectContaining({
          description: expect.stringMatching(/.{20}/),
          inputSchema: expect.objectContaining({ type: "object", additionalProperties: false }),
          outputSchema: expect.objectContaining({ type: "object" }),
          annotations: expect.objectContaining({
            readOnlyHint: expect.any(Boolean),
            destructiveHint: expect.any(Boolean),
            idempotentHint: expect.any(Boolean),
          }),
        }),
      ),
    );
  });

  it("is told on the command line, and no other is taken", async () => {
    const { ttm } = agentBox();

    expect(await ttm("mcp", "--mode", "root")).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining('there is no mode "root"'),
    });
  });
});

describe("what agents may change", () => {
  it("is only what they opened", async () => {
    const box = agentBox();
    box.policy(PERMISSIVE);
    const id = (await box.ok("create", "a person's")).trim();
    const { call, refused } = await box.agent();

    expect(await call("get_transaction", { id })).toMatchObject({ is_ours: false, phase: "open" });
    for (const tool of ["commit_transaction", "run_steps"]) {
      expect(await refused(tool, { id })).toMatchObject({ code: "FORBIDDEN" });
    }
    for (const tool of ["fail_transaction", "undo_transaction", "cancel_transaction"]) {
      expect(await refused(tool, { id, reason: "x" })).toMatchObject({ code: "FORBIDDEN" });
    }
    expect(await refused("add_evidence", { id, description: "x", text: "y" })).toMatchObject({
      code: "FORBIDDEN",
    });
  });

  it("leaves a person's active transaction the active one", async () => {
    const box = agentBox();
    const mine = await box.ok("create", "a person's");
    const { call } = await box.agent();
    await call("open_transaction", { description: "an agent's" });

    expect(await box.ok("active")).toBe(mine);
  });
});

it("keeps what was called, by whom, and how it ended", async () => {
  const box = agentBox();
  const { call, client, refused, text } = await box.agent({ name: "claude\ncode" });
  await call("open_transaction", { description: "x" });
  await refused("get_transaction", { id: "nothing" });
  await text("get_transaction", { id: 7 });
  await expect(client.callTool({ name: "nothing" })).rejects.toThrow(/not found/);

  const lines = readFileSync(join(box.root, "ttm/logs/agents.ndjson"), "utf8").trim().split("\n");
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { event: "called", call: 1, agent: "claude code", kind: "tool", name: "open_transaction" },
    { event: "answered", call: 1, outcome: "ok" },
    { event: "called", call: 2, name: "get_transaction", input: '{"id":"nothing"}' },
    { event: "answered", call: 2, outcome: "NOT_FOUND" },
    { event: "called", call: 3, name: "get_transaction", input: '{"id":7}' },
    { event: "answered", call: 3, outcome: "refused" },
    { event: "called", call: 4, name: "nothing" },
    { event: "answered", call: 4, outcome: "-32602" },
  ]);
});

it("does nothing that it cannot note, and reads all the same where nothing can be changed", async () => {
  const box = agentBox();
  await box.ok("init");
  rmSync(join(box.root, "ttm/logs"), { recursive: true, force: true });
  writeFileSync(join(box.root, "ttm/logs"), "a file where the folder should be");
  const { client } = await box.agent();
  const reader = await box.agent({ mode: "read" });

  await expect(
    client.callTool({ name: "open_transaction", arguments: { description: "x" } }),
  ).rejects.toThrow(/EEXIST|ENOTDIR/);
  expect(await reader.call("list_transactions", {})).toEqual({ transactions: [] });
  expect(reader.stderr()).toContain("calls are not noted");
});
