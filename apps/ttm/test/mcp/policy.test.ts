import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Agent, type AgentBox, agentBox, making, PERMISSIVE } from "./agent-box.ts";

/** Opens a transaction with steps. @returns its id */
async function proposed({ call }: Agent, steps: readonly object[]): Promise<string> {
  const { id } = await call("open_transaction", { description: "steps" });
  await call("propose_steps", { id, steps });
  return id;
}

async function approved({ ok }: AgentBox, id: string): Promise<void> {
  await ok("saga", "approve", id, "--why", "looked at it");
}

describe("without a policy", () => {
  it("steps are proposed and not run, and the file to write is named", async () => {
    const box = agentBox();
    const agent = await box.agent();
    const id = await proposed(agent, [making("one")]);
    await approved(box, id);

    const { code, text } = await agent.refused("run_steps", { id });
    expect(code).toBe("NO_POLICY");
    expect(text).toContain(join(box.root, "config/agents.json"));
    const checks = [{ name: "c", run: ["true"] }];
    expect(await agent.refused("validate_transaction", { id, checks })).toMatchObject({
      code: "INVALID_STAGE",
    });
    expect(readdirSync(box.work)).toEqual([]);
  });

  it("they run once a person has written one and approved them", async () => {
    const box = agentBox();
    const agent = await box.agent();
    const id = await proposed(agent, [making("one")]);
    box.policy(PERMISSIVE);

    expect(await agent.refused("run_steps", { id })).toMatchObject({ code: "NOT_APPROVED" });
    await approved(box, id);
    expect(await agent.call("run_steps", { id })).toMatchObject({ phase: "ran" });
  });

  it("nothing is checked and no service steered", async () => {
    const { agent } = agentBox();
    const { call, refused } = await agent();
    const { id } = await call("open_transaction", { description: "x" });
    const checks = [{ name: "c", run: ["true"] }];

    expect(await refused("validate_transaction", { id, checks })).toMatchObject({
      code: "NO_POLICY",
    });
    expect(await refused("start_service", { id, name: "web" })).toMatchObject({
      code: "NO_POLICY",
    });
  });
});

it("agents under another policy only read what was opened under this one", async () => {
  const box = agentBox();
  box.policy({ allow: [["touch", "*"]] });
  const other = join(box.work, "other.json");
  writeFileSync(other, JSON.stringify({ allow: [] }));
  const { call } = await box.agent();
  const { id } = await call("open_transaction", { description: "x" });
  const stranger = await box.agent({ args: ["--policy", other] });

  for (const tool of ["undo_transaction", "cancel_transaction", "fail_transaction"]) {
    expect(await stranger.refused(tool, { id, reason: "mine now" })).toMatchObject({
      code: "FORBIDDEN",
    });
  }
  expect(await stranger.call("get_transaction", { id })).toMatchObject({ id });
  expect(await call("fail_transaction", { id, reason: "ours" })).toMatchObject({ id });
});

describe("a command that is forbidden", () => {
  // `rm` may only be called with -f, `touch` is denied; a file tells whether it was run
  const policy = {
    allow: [["rm", "-f", "*"], ["true"], ["env", "true"], ["/bin/sh", "/nowhere.sh"]],
    deny: [["touch", "**"]],
  };

  it.each([
    { spelling: "by name", run: () => ["touch", "hit"] },
    { spelling: "by its path", run: () => ["/usr/bin/touch", "hit"] },
    { spelling: "by a path with ..", run: () => ["/usr/bin/../bin/touch", "hit"] },
    { spelling: "by a relative path", run: () => ["./touch", "hit"] },
    { spelling: "through a symbolic link", run: () => ["./harmless", "hit"] },
    { spelling: "through env", run: () => ["env", "touch", "hit"] },
    { spelling: "through env with a path", run: () => ["/usr/bin/env", "/usr/bin/touch", "hit"] },
    { spelling: "through a shell", run: () => ["sh", "-c", "touch hit"] },
    { spelling: "through a shell by its path", run: () => ["/bin/sh", "-c", "touch hit"] },
    { spelling: "with a line end in its name", run: () => ["touch\n", "hit"] },
    { spelling: "behind a line end in an argument", run: () => ["true\ntouch hit"] },
    {
      spelling: "as an argument of what is allowed",
      run: () => ["rm", "-f", "x", ";", "touch", "hit"],
    },
    { spelling: "in one text", run: () => ["touch hit"] },
    { spelling: "as an empty name", run: () => ["", "touch", "hit"] },
  ])("does not run $spelling", async ({ run }) => {
    const box = agentBox();
    box.policy(policy);
    symlinkSync("/usr/bin/touch", join(box.work, "touch"));
    symlinkSync("/usr/bin/touch", join(box.work, "harmless"));
    const { call, refused } = await box.agent();
    const { id } = await call("open_transaction", { description: "x" });
    const steps = [{ name: "s", run: run() }];
    const undoing = [{ name: "s", run: ["true"], undo: { run: run() } }];
    const checks = [{ name: "c", run: run() }];

    expect(await refused("propose_steps", { id, steps })).toMatchObject({ code: "FORBIDDEN" });
    expect(await refused("propose_steps", { id, steps: undoing })).toMatchObject({
      code: "FORBIDDEN",
    });
    expect(await refused("validate_transaction", { id, checks })).toMatchObject({
      code: "FORBIDDEN",
    });
    expect(await refused("show_plan", { steps })).toMatchObject({ code: "FORBIDDEN" });
    expect(existsSync(join(box.work, "hit"))).toBe(false);
  });

  it("does not run when an earlier step's output makes it one", async () => {
    const box = agentBox();
    box.policy({
      allow: [
        ["printf", "**"],
        ["touch", "ok-*"],
      ],
    });
    const { call } = await box.agent();
    const { id } = await call("open_transaction", { description: "x" });
    const say = { name: "say", run: ["printf", "%s", "hit"] };
    await call("propose_steps", {
      id,
      steps: [say, { name: "use", run: ["touch", { result_of: "say" }] }],
    });

    expect(await call("run_steps", { id })).toMatchObject({
      phase: "undone",
      failure: expect.stringContaining("no rule allows"),
    });
    expect(readdirSync(box.work)).toEqual([]);
  });

  it("is not run as shell text, unless shells are allowed", async () => {
    const box = agentBox();
    box.policy({ allow: [["true"]] });
    const { call, refused } = await box.agent();
    const { id } = await call("open_transaction", { description: "x" });
    const steps = [{ name: "s", shell: "touch a; touch b", undo: { shell: "rm -f a b" } }];

    expect(await refused("propose_steps", { id, steps })).toMatchObject({ code: "FORBIDDEN" });
    box.policy({ shell: true });
    await call("propose_steps", { id, steps });
    await call("run_steps", { id });
    expect(readdirSync(box.work).toSorted()).toEqual(["a", "b"]);
  });
});

describe("a change of the policy", () => {
  it("counts at once: a step that is not allowed any more is not run, and those before are undone", async () => {
    const box = agentBox();
    const slow = ["sleep", "1"];
    box.policy({ allow: [...PERMISSIVE.allow] });
    const { call } = await box.agent();
    const { id } = await call("open_transaction", { description: "x" });
    const steps = [making("one"), { name: "slow", run: slow }, making("two")];
    await call("propose_steps", { id, steps });

    const running = call("run_steps", { id });
    await until(() => existsSync(join(box.work, "one")));
    box.policy({ allow: [["sleep", "*"]] });

    expect(await running).toMatchObject({
      phase: "undone",
      failure: expect.stringMatching(/^make-two: not allowed: no rule allows/),
      steps: [{ status: "compensated" }, {}, { status: "failed" }],
    });
    expect(readdirSync(box.work)).toEqual([]);
  });

  it("keeps what was proposed before from being run", async () => {
    const box = agentBox();
    box.policy(PERMISSIVE);
    const agent = await box.agent();
    const id = await proposed(agent, [making("one")]);
    box.policy({ allow: [] });

    expect(await agent.refused("run_steps", { id })).toMatchObject({ code: "FORBIDDEN" });
  });

  it("that demands an approval by now has the steps proposed again", async () => {
    const box = agentBox();
    box.policy(PERMISSIVE);
    const agent = await box.agent();
    const id = await proposed(agent, [making("one")]);
    box.policy({ ...PERMISSIVE, approval: { always: true } });

    expect(await agent.refused("run_steps", { id })).toMatchObject({
      code: "INVALID_STAGE",
      text: expect.stringContaining("wants an approval by now"),
    });
  });

  it("does not keep what was done from being undone, unless it is denied by name", async () => {
    const box = agentBox();
    box.policy(PERMISSIVE);
    const agent = await box.agent();
    const id = await proposed(agent, [making("one")]);
    await agent.call("run_steps", { id });
    rmSync(join(box.root, "config/agents.json"));

    expect(await agent.call("undo_transaction", { id, reason: "x" })).toMatchObject({
      phase: "undone",
    });
    expect(readdirSync(box.work)).toEqual([]);
  });

  it.each([
    { what: "that is broken", text: "{" },
    { what: "with a key that nobody knows", text: '{"alow": []}' },
  ])("$what allows nothing", async ({ text }) => {
    const box = agentBox();
    box.policy(PERMISSIVE);
    const agent = await box.agent();
    const id = await proposed(agent, [making("one")]);
    writeFileSync(join(box.root, "config/agents.json"), text);

    expect(await agent.refused("run_steps", { id })).toMatchObject({ code: "INVALID_POLICY" });
  });

  it("that others could make is refused", async () => {
    const box = agentBox();
    box.policy(PERMISSIVE);
    const agent = await box.agent();
    const id = await proposed(agent, [making("one")]);
    chmodSync(join(box.root, "config/agents.json"), 0o666);

    expect(await agent.refused("run_steps", { id })).toMatchObject({
      code: "INVALID_POLICY",
      text: expect.stringContaining("chmod go-w"),
    });
  });
});

describe("the file", () => {
  it("may be named, and holds whoever carries the steps on", async () => {
    const box = agentBox();
    const file = box.write("other.json", JSON.stringify({ allow: PERMISSIVE.allow }));
    chmodSync(file, 0o600);
    const agent = await box.agent({ args: ["--policy", file] });
    const id = await proposed(agent, [making("one")]);
    await box.ok("saga", "signal", id, "start");
    writeFileSync(file, JSON.stringify({ allow: [] }));
    const { exitCode, stderr } = await box.ttm("saga", "resume", id);

    expect(exitCode).toBe(1);
    expect(stderr).toContain("make-one: not allowed: no rule allows");
    expect(stderr).not.toContain("outside the folders");
    expect(readdirSync(box.work)).toEqual([]);
  });

  it.each([
    { what: "that is not there", content: undefined, status: 66 },
    { what: "that is broken", content: "[]", status: 65 },
  ])("$what is told of at once", async ({ content, status }) => {
    const box = agentBox();
    const file = join(box.work, "p.json");
    if (content !== undefined) writeFileSync(file, content, { mode: 0o600 });

    expect(await box.ttm("mcp", "--policy", file)).toMatchObject({ exitCode: status, stdout: "" });
  });

  it("and everything else of Tetra's is reached by no step and no evidence", async () => {
    const box = agentBox();
    box.policy({ ...PERMISSIVE, roots: ["/"] });
    const { call, refused } = await box.agent();
    const { id } = await call("open_transaction", { description: "x" });
    const own = join(box.root, "config/agents.json");
    mkdirSync(join(box.work, "in"));
    symlinkSync(box.root, join(box.work, "in/link"));

    for (const word of [
      own,
      `/proc/self/root${own}`,
      "in/link/config/agents.json",
      "in/link/config/new",
    ]) {
      const steps = [{ name: "s", run: ["rm", "-f", word] }];
      expect(await refused("propose_steps", { id, steps })).toMatchObject({ code: "FORBIDDEN" });
    }
    expect(await refused("add_evidence", { id, description: "x", path: own })).toMatchObject({
      code: "FORBIDDEN",
    });
  });
});

describe("limits", () => {
  it("hold for steps, output and evidence", async () => {
    const box = agentBox();
    const limits = { steps: 2, output_bytes: 5000, evidence_bytes: 20 };
    box.policy({ allow: [["true"], ["yes"], ["cat", "**"]], limits });
    const { call, refused } = await box.agent();
    const { id } = await call("open_transaction", { description: "x" });
    const three = ["a", "b", "c"].map((name) => ({ name, run: ["true"] }));

    expect(await refused("propose_steps", { id, steps: three })).toMatchObject({
      code: "TOO_MUCH",
    });
    await call("add_evidence", { id, description: "a", text: "0123456789" });
    expect(
      await refused("add_evidence", { id, description: "b", text: "0123456789+" }),
    ).toMatchObject({
      code: "TOO_MUCH",
    });
    const { validation } = await call("validate_transaction", {
      id,
      checks: [{ name: "y", run: ["yes"] }],
    });
    expect(validation).toMatchObject({
      passed: false,
      checks: [{ error: "printed more than 5000 bytes" }],
    });
    await call("propose_steps", { id, steps: [{ name: "y", run: ["yes"] }] });
    expect(await call("run_steps", { id })).toMatchObject({
      phase: "undone",
      failure: "y: printed more than 5000 bytes",
    });
  });

  it("hold for the time of all steps, and of a check", async () => {
    const box = agentBox();
    box.policy({ allow: [["sleep", "*"]], limits: { seconds: 1 } });
    const { call } = await box.agent();
    const { id } = await call("open_transaction", { description: "x" });

    const { validation } = await call("validate_transaction", {
      id,
      checks: [{ name: "s", run: ["sleep", "60"] }],
    });
    expect(validation).toMatchObject({ passed: false });
    await call("propose_steps", { id, steps: [{ name: "s", run: ["sleep", "60"] }] });
    expect(await call("run_steps", { id })).toMatchObject({ phase: "undone" });
  });
});

it("gives steps the variables and secrets that it names, and shows no secret", async () => {
  const box = agentBox({ TOKEN: "geheim-123", OTHER: "x" });
  box.policy({
    allow: [["printenv", "*"]],
    variables: ["TOKEN_FOR_STEP", "VERSION"],
    secrets: ["env:TOKEN"],
  });
  const { call, refused } = await box.agent();
  const { id } = await call("open_transaction", { description: "hide it" });
  const step = (env: object, name = "TOKEN_FOR_STEP"): object[] => [
    { name: "s", run: ["printenv", name], env },
  ];

  for (const env of [{ LD_PRELOAD: "x" }, { VERSION: { secret: "env:OTHER" } }, { PATH: "/x" }]) {
    expect(await refused("propose_steps", { id, steps: step(env) })).toMatchObject({
      code: "FORBIDDEN",
    });
  }
  await call("add_evidence", { id, description: "leak", text: "it is geheim-123" });
  await call("propose_steps", {
    id,
    steps: step({ TOKEN_FOR_STEP: { secret: "env:TOKEN" }, VERSION: "2" }),
  });
  const ran = await call("run_steps", { id });

  expect(ran).toMatchObject({ phase: "ran", steps: [{ printed: "***" }] });
  const file = { id, from: "evidence", name: "100_leak.md" };
  expect(await call("read_transaction_file", file)).toMatchObject({ text: "it is ***" });
  const piece = { ...file, offset: 6, limit: 3 };
  expect(await call("read_transaction_file", piece)).toMatchObject({ text: "***", bytes: 9 });
  expect(JSON.stringify(await call("read_log", { id }))).not.toContain("geheim");

  writeFileSync(join(box.root, "config/agents.json"), "{ half a pol");
  expect(await call("read_transaction_file", file)).toMatchObject({ text: "it is ***" });
});

/** Waits until something is so; looks often, because nothing tells of it. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}
