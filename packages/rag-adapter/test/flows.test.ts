import { describe, expect, it } from "vitest";
import { type Box, makeBox, STAMP } from "./box.ts";

const ID = `add-login-${STAMP}`;

async function withFlow(): Promise<Box> {
  const box = makeBox();
  await box.flows.create({ description: "add login" });
  return box;
}

describe("creating a flow", () => {
  it("makes its transaction, policy, prompt and folder of evidence, and makes it active", async () => {
    const box = await withFlow();

    expect(await box.flows.active()).toBe(ID);
    expect(await box.eventsOf(ID)).toEqual(["txn_start", "txn_update"]);
    const files = box.files.all(`/p/rag/flows/${ID}/ctx`);
    expect(Object.keys(files)).toEqual(["000_policy.md", "010_prompt.user.md", "evidence"]);
    expect(files["000_policy.md"]).toContain("MULTICAT");
    expect(files["010_prompt.user.md"]).toContain(`rs:id=${ID} -->\n\nadd login\n`);
  });

  it("twice within a second makes two", async () => {
    const box = await withFlow();
    const { id } = await box.flows.create({ description: "add login", agent: "planner" });

    expect(id).toBe(`${ID}-2`);
    expect(await box.flows.active()).toBe(id);
    expect((await box.flows.state(id)).agent).toBe("planner");
    expect((await box.flows.state(ID)).agent).toBe("base");
  });

  it("adds it to the current session, and does without one", async () => {
    const box = await withFlow();
    const { session_id } = await box.sessions.create("auth work");
    await box.flows.create({ description: "add logout" });

    expect((await box.sessions.state(session_id)).flows).toEqual([`add-logout-${STAMP}`]);
  });

  it("is not kept from it by a session that cannot be read", async () => {
    const box = makeBox();
    const { session_id } = await box.sessions.create("auth work");
    box.files.put(`/p/rag/sessions/${session_id}/session.json`, "{");

    await box.flows.create({ description: "add login" });

    expect(await box.flows.active()).toBe(ID);
  });

  it("without a description is refused", async () => {
    await expect(makeBox().flows.create({ description: "" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});

describe("what has no active flow", () => {
  it.each([
    ["state", (box: Box) => box.flows.state()],
    ["transition", (box: Box) => box.flows.transition("SELECT", "")],
    ["checkpoint", (box: Box) => box.flows.checkpoint({ stage: "SELECT" })],
    ["complete", (box: Box) => box.flows.complete()],
    ["status", (box: Box) => box.flows.status()],
    ["tag", (box: Box) => box.flows.tag(["x"])],
    ["evidence", (box: Box) => box.flows.evidencePaths()],
  ])("%s says so", async (_what, ask) => {
    await expect(ask(makeBox())).rejects.toMatchObject({ code: "NO_ACTIVE" });
  });
});

describe("a round", () => {
  it("goes through RAG's stages, whose names are in the log, and FOLD begins the next", async () => {
    const box = await withFlow();
    const moves: string[] = [];
    for (const stage of ["SELECT", "ASSEMBLE", "SUBMIT", "APPLY", "VALIDATE", "FOLD", "SUBMIT"]) {
      const { from, to, transaction } = await box.flows.transition(stage);
      moves.push(`${from} → ${to} ${transaction.state.iteration}`);
    }

    expect(moves).toEqual([
      "NEW → SELECT 1",
      "SELECT → ASSEMBLE 1",
      "ASSEMBLE → EXECUTE 1",
      "EXECUTE → EXECUTE 1",
      "EXECUTE → VALIDATE 1",
      "VALIDATE → EXECUTE 2",
      "EXECUTE → EXECUTE 2",
    ]);
    expect((await box.flows.load()).ragStage).toBe("SUBMIT");
  });

  it("SUBMIT after a later stage begins another round without FOLD", async () => {
    const box = await withFlow();
    for (const stage of ["SUBMIT", "APPLY", "SUBMIT", "APPLY"]) await box.flows.transition(stage);

    expect((await box.flows.state()).iteration).toBe(2);
  });

  it("keeps checkpoints with whatever they know", async () => {
    const box = await withFlow();
    await box.flows.checkpoint({ stage: "SELECT", metadata: { files: ["a"] } });
    await box.flows.checkpoint({ stage: "ASSEMBLE" });

    expect(await box.flows.checkpoints()).toMatchObject([
      { stage: "SELECT", metadata: { files: ["a"] } },
      { stage: "ASSEMBLE", metadata: {} },
    ]);
    expect((await box.flows.state()).stage).toBe("ASSEMBLE");
  });

  it("keeps tags, variables of others and who was asked", async () => {
    const box = await withFlow();
    await box.flows.update(ID, { qa_id: "qa-7", mine: { x: 1 } });
    await box.flows.tag(["auth"]);
    await box.flows.tag(["ui"]);

    expect(await box.flows.state()).toMatchObject({
      qa_id: "qa-7",
      mine: { x: 1 },
      tags: ["auth", "ui"],
    });
  });
});

describe("the list", () => {
  it("is by id, keeps indices when it is filtered, and knows the stored stage only", async () => {
    const box = makeBox();
    for (const description of ["c", "a", "b"]) await box.flows.create({ description });
    await box.flows.transition("SUBMIT", `b-${STAMP}`);

    const rows = async (stage?: string): Promise<readonly string[]> =>
      (await box.flows.list(stage === undefined ? {} : { stage })).map(
        ({ index, state, isActive }) => `${index} ${state.description}${isActive ? " active" : ""}`,
      );
    expect(await rows()).toEqual(["1 a", "2 b active", "3 c"]);
    expect(await rows("")).toHaveLength(3);
    expect(await rows("EXECUTE")).toEqual(["2 b active"]);
    expect(await rows("SUBMIT")).toEqual([]);
  });
});

it("a saga that applied a change is not among the flows", async () => {
  const box = await withFlow();
  await box.flows.update(ID, { saga: "apply" });
  expect(await box.flows.list()).toEqual([]);
});

describe("resuming", () => {
  it("by index or id moves the active flow", async () => {
    const box = makeBox();
    for (const description of ["a", "b"]) await box.flows.create({ description });

    expect((await box.flows.resume("1")).txn_id).toBe(`a-${STAMP}`);
    expect(await box.flows.active()).toBe(`a-${STAMP}`);
    await box.flows.resume(`b-${STAMP}`);
    expect(await box.flows.active()).toBe(`b-${STAMP}`);
  });

  it.each(["0", "2", "99999999999999999999", "nothing-like-it"])(
    "%j, which is none, is refused",
    async (what) => {
      const box = await withFlow();
      await expect(box.flows.resume(what)).rejects.toMatchObject({ code: "NOT_FOUND" });
      expect(await box.flows.active()).toBe(ID);
    },
  );

  it("does not make a flow of a transaction that is none", async () => {
    const box = await withFlow();
    await box.store.create("plain", [
      {
        event: "txn_start",
        ts: "2025-10-18T14:30:22Z",
        ts_ms: 0,
        txn_id: "plain",
        description: "x",
        target: "@local",
        agent: "human",
        stage: "NEW",
      },
    ]);
    await box.flows.resume("plain");

    expect(box.files.all("/p/rag/flows/plain")).toEqual({});
  });
});

describe("promoting", () => {
  it("copies the flow, not what belongs to its place, and leaves it", async () => {
    const box = await withFlow();
    const folder = `/p/rag/flows/${ID}`;
    box.files.put(`${folder}/events.ndjson`, "log");
    box.files.put(`${folder}/next-${STAMP}`, { link: `/p/rag/flows/next-${STAMP}` });
    box.files.put(`${folder}/locks/txn`, "");

    const target = await box.promote(ID);

    const copied = box.files.all(target);
    expect(copied["events.ndjson"]).toBe("log");
    expect(copied["ctx/010_prompt.user.md"]).toContain("add login");
    expect(Object.keys(copied).filter((path) => /^(locks|next)/.test(path))).toEqual([]);
    expect(box.files.text(`${folder}/events.ndjson`)).toBe("log");
  });

  it("refuses what is not there, and what is there already", async () => {
    const box = await withFlow();
    box.files.put(`/p/rag/flows/${ID}/events.ndjson`, "log");
    await expect(box.promote("gone")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(box.promote("../x")).rejects.toMatchObject({ code: "INVALID_ID" });
    await box.promote(ID);
    await expect(box.promote(ID)).rejects.toMatchObject({ code: "EXISTS" });
  });
});

describe("sessions", () => {
  it("are current one at a time, and resumed by id", async () => {
    const { sessions } = makeBox();
    const first = await sessions.create("auth work");
    const second = await sessions.create("auth work");
    expect(second.session_id).toBe(`${first.session_id}-2`);
    expect(await sessions.active()).toBe(second.session_id);

    await sessions.resume(first.session_id);

    expect(await sessions.active()).toBe(first.session_id);
    expect((await sessions.list()).map(({ session_id }) => session_id)).toEqual([
      first.session_id,
      second.session_id,
    ]);
  });

  it("say when none is current, or there is none of that id", async () => {
    const { sessions } = makeBox();
    await expect(sessions.addFlow("t-1")).rejects.toMatchObject({ code: "NO_SESSION" });
    await expect(sessions.state()).rejects.toMatchObject({ code: "NO_SESSION" });
    for (const id of ["gone", "../x", "current"]) {
      await expect(sessions.addFlow("t-1", id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
    await expect(sessions.create(" ")).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("that two add to at once have both flows", async () => {
    const { sessions } = makeBox();
    const { session_id } = await sessions.create("auth work");
    await Promise.all(["b", "a", "c", "a"].map((flow) => sessions.addFlow(flow)));

    expect((await sessions.state(session_id)).flows).toEqual(["a", "b", "c"]);
  });

  it("whose current link leads nowhere are none", async () => {
    const box = makeBox();
    box.files.put("/p/rag/sessions/current", { link: "/elsewhere/gone/" });
    expect(await box.sessions.active()).toBeUndefined();
  });
});
