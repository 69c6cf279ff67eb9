import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { agentBox, making, PERMISSIVE } from "./agent-box.ts";

it("waits for a person, tells how it goes on, and runs once it is approved", async () => {
  const box = agentBox();
  box.policy({ ...PERMISSIVE, approval: { always: true } });
  const { call, client, refused } = await box.agent();
  const { id } = await call("open_transaction", { description: "careful" });
  const proposal = await call("propose_steps", { id, steps: [making("one")], ask: "May I?" });

  expect(proposal["approvals"]).toEqual({
    missing: [{ what: "the plan", command: `ttm saga approve ${id} --why REASON` }],
    given: [],
  });
  expect(await refused("run_steps", { id })).toMatchObject({ code: "NOT_APPROVED" });
  const heard: unknown[] = [];
  const waiting = client.callTool(
    { name: "wait_for_approval", arguments: { id, timeout_seconds: 40 } },
    { onprogress: ({ message }) => heard.push(message) },
  );
  const [asked] = (await box.ok("events", id, "approval_requested")).split("\n");
  await box.ok("saga", "approve", id, "--why", "CAB-12");
  const { structuredContent } = await waiting;

  expect(asked).toContain("May I? make-one (every plan). The plan is in artifacts/plan.txt");
  expect(structuredContent).toMatchObject({
    phase: "proposed",
    approvals: { missing: [], given: [{ what: "the plan", why: "CAB-12" }] },
  });
  expect(heard).toEqual([expect.stringContaining("approved by")]);
  expect(await call("run_steps", { id })).toMatchObject({ phase: "ran" });
});

it("gives up waiting when the time is over, and says what is missing", async () => {
  const box = agentBox();
  const { call, text } = await box.agent();
  const { id } = await call("open_transaction", { description: "careful" });
  await call("propose_steps", { id, steps: [making("one")], ask: "May I?" });

  const said = await text("wait_for_approval", { id, timeout_seconds: 1 });
  expect(said).toContain("Still not approved.");
  expect(said).toContain(`ttm saga approve ${id}`);
});

it("ends what a person rejects, and an agent hears why", async () => {
  const box = agentBox();
  box.policy(PERMISSIVE);
  const { call } = await box.agent();
  const { id } = await call("open_transaction", { description: "careful" });
  await call("propose_steps", { id, steps: [making("one")], ask: "May I?" });
  const waiting = call("wait_for_approval", { id, timeout_seconds: 40 });
  await box.ok("saga", "reject", id, "--why", "not on a Friday");

  expect(await waiting).toMatchObject({ phase: "undoing" });
  expect(await call("undo_transaction", { id, reason: "rejected" })).toMatchObject({
    phase: "undone",
    failure: expect.stringContaining("not on a Friday"),
  });
  expect(readdirSync(box.work)).toEqual([]);
});

it("asks for what the rule, the endpoint and the policy want, and has no tool to approve", async () => {
  const box = agentBox();
  box.policy({ allow: [{ run: ["touch", "*"], approval: true }, ["rm", "-f", "*"]] });
  const { call, client } = await box.agent();
  const { id } = await call("open_transaction", { description: "careful" });
  await call("propose_steps", { id, steps: [making("one")] });

  const { tools } = await client.listTools();
  expect(tools.some(({ name }) => /^(approve|reject|signal)/.test(name))).toBe(false);
  expect(await box.ok("saga", "list")).toContain("approval approval");
});

it("wants the word for a protected endpoint besides, and nothing else gives it", async () => {
  const box = agentBox();
  mkdirSync(join(box.root, "ttm"));
  const topology = { "@prod": { type: "local", host: "localhost", write: "confirm" } };
  writeFileSync(join(box.root, "ttm/topology.json"), JSON.stringify(topology));
  box.policy({ ...PERMISSIVE, targets: ["@prod"], approval: { targets: ["@prod"] } });
  const { call, refused } = await box.agent();
  const { id } = await call("open_transaction", { description: "careful", target: "@prod" });
  const proposal = await call("propose_steps", { id, steps: [making("one")] });

  expect(proposal["approvals"]).toMatchObject({
    missing: [
      { what: "the plan" },
      { what: "@prod", command: `ttm approve @prod ${id} --why REASON --confirm @prod` },
    ],
  });
  await box.ok("saga", "approve", id, "--why", "fine");
  expect(await refused("run_steps", { id })).toMatchObject({ code: "NOT_APPROVED" });
  await box.ok("approve", "@prod", id, "--why", "CAB-12", "--confirm", "@prod");
  expect(await call("wait_for_approval", { id })).toMatchObject({ approvals: { missing: [] } });
  expect(await call("run_steps", { id })).toMatchObject({ phase: "ran" });
  expect(readdirSync(box.work)).toEqual(["one"]);
});

it("refuses an endpoint that nobody may change", async () => {
  const box = agentBox();
  mkdirSync(join(box.root, "ttm"));
  const topology = { "@audit": { type: "local", host: "localhost", write: "refused" } };
  writeFileSync(join(box.root, "ttm/topology.json"), JSON.stringify(topology));
  box.policy({ ...PERMISSIVE, targets: ["@audit"] });
  const { call, refused } = await box.agent();
  const { id } = await call("open_transaction", { description: "careful", target: "@audit" });

  expect(await refused("propose_steps", { id, steps: [making("one")] })).toMatchObject({
    code: "PROTECTED",
  });
});

it("is not run by whoever carries sagas on before the agent says so", async () => {
  const box = agentBox();
  box.policy(PERMISSIVE);
  const { call } = await box.agent();
  const { id } = await call("open_transaction", { description: "careful" });
  await call("propose_steps", { id, steps: [making("one")], ask: "May I?" });
  await box.ok("saga", "approve", id, "--why", "fine");
  await box.ok("worker", "--once");

  expect(readdirSync(box.work)).toEqual([]);
  expect(await call("run_steps", { id })).toMatchObject({ phase: "ran" });
  await box.ok("worker", "--once");
  expect(await call("get_transaction", { id })).toMatchObject({ phase: "ran" });
});

it("may be waited for by who only reads", async () => {
  const box = agentBox();
  const { call } = await box.agent();
  const reader = await box.agent({ mode: "read", era: "modern" });
  const { id } = await call("open_transaction", { description: "careful" });
  await call("propose_steps", { id, steps: [making("one")], ask: "May I?" });
  const waiting = reader.call("wait_for_approval", { id, timeout_seconds: 40 });
  await box.ok("saga", "approve", id, "--why", "fine");

  expect(await waiting).toMatchObject({ phase: "proposed", approvals: { missing: [] } });
});
