import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isAlive } from "../saga-box.ts";
import { type Agent, type AgentBox, agentBox, making, PERMISSIVE } from "./agent-box.ts";

// A step that notes its pid, then waits until it is told to end by a file.
const WAITING = "echo $$ > pid; echo begun; while ! test -e go; do sleep 0.05; done; touch late";

/** Steps of which the second waits, and a third behind it. */
async function waiting(box: AgentBox, agent: Agent): Promise<string> {
  box.policy({ ...PERMISSIVE, shell: true });
  const { id } = await agent.call("open_transaction", { description: "slow" });
  const slow = { name: "slow", shell: WAITING, undo: { run: ["rm", "-f", "late"] } };
  await agent.call("propose_steps", { id, steps: [making("one"), slow, making("three")] });
  return id;
}

/** Waits until the second step runs. @returns its process */
async function begun(box: AgentBox): Promise<number> {
  const file = join(box.work, "pid");
  for (;;) {
    const text = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
    if (text !== "") return Number(text);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function letGo(box: AgentBox): void {
  writeFileSync(join(box.work, "go"), "");
}

async function inPhase({ call }: Agent, id: string, phase: string): Promise<void> {
  while ((await call("get_transaction", { id })).phase !== phase) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function ended(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a server that is killed in the middle", () => {
  it("leaves steps that ttm saga resume finishes, as far as the word to commit", async () => {
    const box = agentBox();
    const agent = await box.agent();
    const id = await waiting(box, agent);
    const running = agent.call("run_steps", { id }).catch((error: unknown) => error);
    const pid = await begun(box);
    process.kill(agent.pid, "SIGKILL");
    await running;
    letGo(box);

    const { exitCode } = await box.ttm("saga", "resume", id, "--no-wait");
    expect(exitCode).toBe(75);
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(box.work).toSorted()).toEqual(["go", "late", "one", "pid", "three"]);

    const other = await box.agent({ name: "another" });
    expect(await other.call("commit_transaction", { id })).toMatchObject({ phase: "committed" });
  });

  it("leaves steps that another server undoes, and ends the command it left", async () => {
    const box = agentBox();
    const agent = await box.agent();
    const id = await waiting(box, agent);
    const running = agent.call("run_steps", { id }).catch((error: unknown) => error);
    const pid = await begun(box);
    process.kill(agent.pid, "SIGKILL");
    await running;

    const other = await box.agent();
    expect(await other.call("undo_transaction", { id, reason: "it was killed" })).toMatchObject({
      phase: "undone",
    });
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(box.work)).toEqual(["pid"]);
  });
});

describe("a client that goes away in the middle", () => {
  it("ends the server, which leaves the steps where they are, and is no wish to undo them", async () => {
    const box = agentBox();
    const agent = await box.agent();
    const id = await waiting(box, agent);
    const running = agent.call("run_steps", { id }).catch((error: unknown) => error);
    const pid = await begun(box);
    await agent.client.close();
    await running;
    await ended(agent.pid);

    expect(isAlive(pid)).toBe(false);
    const log = await box.ok("events", id);
    expect(log).not.toContain("cancel_requested");
    letGo(box);
    expect(await box.ttm("saga", "resume", id, "--no-wait")).toMatchObject({ exitCode: 75 });
    expect(existsSync(join(box.work, "three"))).toBe(true);
  });

  it("is the same as a server that is told to end", async () => {
    const box = agentBox();
    const agent = await box.agent();
    const id = await waiting(box, agent);
    const running = agent.call("run_steps", { id }).catch((error: unknown) => error);
    const pid = await begun(box);
    process.kill(agent.pid, "SIGTERM");
    await running;
    await ended(agent.pid);

    expect(isAlive(pid)).toBe(false);
    expect(await box.ttm("saga", "rollback", id, "--why", "enough")).toMatchObject({ exitCode: 1 });
    expect(readdirSync(box.work)).toEqual(["pid"]);
  });

  it("has the server end at once when nothing runs", async () => {
    const { agent } = agentBox();
    const { client, pid } = await agent();
    await client.close();
    await ended(pid);

    expect(isAlive(pid)).toBe(false);
  });
});

it("undoes what was done when the client takes its call back", async () => {
  const box = agentBox();
  const agent = await box.agent();
  const id = await waiting(box, agent);
  const control = new AbortController();
  const running = agent.client
    .callTool({ name: "run_steps", arguments: { id } }, { signal: control.signal })
    .catch((error: unknown) => String(error));
  const pid = await begun(box);
  control.abort("not any more");
  await running;

  await inPhase(agent, id, "undone");
  expect(await agent.call("get_transaction", { id })).toMatchObject({
    failure: expect.stringContaining("the call was cancelled"),
  });
  expect(isAlive(pid)).toBe(false);
  expect(readdirSync(box.work)).toEqual(["pid"]);
});

it("goes on alone when the call's time is over, and the same call waits on", async () => {
  const box = agentBox();
  const { call, ...agent } = await box.agent();
  const id = await waiting(box, { call, ...agent });

  expect(await call("run_steps", { id, wait_seconds: 1 })).toMatchObject({ phase: "running" });
  await begun(box);
  letGo(box);
  expect(await call("run_steps", { id })).toMatchObject({ phase: "ran" });
});

it("tells how a long run goes on: each step, and what it prints", async () => {
  const box = agentBox();
  const agent = await box.agent();
  const id = await waiting(box, agent);
  const heard: string[] = [];
  const counts: number[] = [];
  await agent.client.callTool(
    { name: "run_steps", arguments: { id } },
    {
      onprogress({ message = "", progress }) {
        heard.push(message);
        counts.push(progress);
        if (message === "change/slow | begun") letGo(box);
      },
    },
  );

  expect(heard).toContain("change/slow | begun");
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
});

it("cancels from another call what one call runs", async () => {
  const box = agentBox();
  const agent = await box.agent();
  const id = await waiting(box, agent);
  const running = agent.call("run_steps", { id });
  await begun(box);

  expect(await agent.call("cancel_transaction", { id, reason: "wrong one" })).toMatchObject({
    phase: "undone",
  });
  expect(await running).toMatchObject({ phase: "undone" });
});

describe("two clients at once", () => {
  it("work on transactions of their own without hindering each other", async () => {
    const box = agentBox();
    box.policy(PERMISSIVE);
    const agents = await Promise.all([box.agent({ name: "a" }), box.agent({ name: "b" })]);
    const phases = await Promise.all(
      agents.flatMap(({ call }, at) =>
        [0, 1, 2].map(async (nth) => {
          const { id } = await call("open_transaction", { description: `mine ${at} ${nth}` });
          await call("propose_steps", { id, steps: [making(`f${at}${nth}`)] });
          await call("run_steps", { id });
          return (await call("commit_transaction", { id })).phase;
        }),
      ),
    );

    expect(phases).toEqual(Array.from({ length: 6 }, () => "committed"));
    expect(readdirSync(box.work)).toHaveLength(6);
  });

  it("run one transaction once, and both hear how it ended", async () => {
    const box = agentBox();
    const [one, other] = await Promise.all([box.agent({ name: "a" }), box.agent({ name: "b" })]);
    const id = await waiting(box, one);
    const both = [one.call("run_steps", { id })];
    await begun(box);
    both.push(other.call("run_steps", { id }));
    letGo(box);

    expect((await Promise.all(both)).map(({ phase }) => phase)).toEqual(["ran", "ran"]);
    const started = await box.ok("events", id, "step_started");
    expect(started.split("\n").filter((line) => line.includes('"change/slow"'))).toHaveLength(1);
  });
});

it("says nothing on standard error while all is well", async () => {
  const box = agentBox();
  box.policy(PERMISSIVE);
  const { call, stderr } = await box.agent();
  const { id } = await call("open_transaction", { description: "x" });
  await call("propose_steps", { id, steps: [making("one")] });
  await call("run_steps", { id });

  expect(stderr()).toBe("");
});
