import { describe, expect, it } from "vitest";
import { bench, step, saga, refusal } from "../../test/saga-bench.ts";
import type { SagaNode } from "./definition.ts";
import type { SagaView } from "./saga-view.ts";

describe("a dry run", () => {
  it("records the sequence and calls nothing, whatever is registered", async () => {
    const here = bench();
    const strange = step("b", { action: "unheard-of", data: { $secret: "env:NO" } });
    const ask: SagaNode = { type: "approval", name: "ask" };
    const view = await here.engine.run(saga(step("a"), ask, strange), { dryRun: true });
    expect(view).toMatchObject({
      status: "committed",
      isDryRun: true,
      completed: ["a", "ask", "b"],
    });
    expect(here.called).toEqual([]);
  });
});

describe("what is missing or has changed", () => {
  it("is noticed before anything is recorded or run", async () => {
    const here = bench();
    const run = here.engine.run(saga(step("a"), step("b", { action: "unheard-of" })));
    await expect(run).rejects.toThrow(
      refusal("ACTION_MISSING", {
        details: { missing: [{ step: "b", action: "unheard-of" }] },
      }),
    );
    expect(await here.store.find("")).toEqual([]);
    expect(here.called).toEqual([]);
  });

  it("is noticed before anything is carried on", async () => {
    const here = bench();
    const ask: SagaNode = { type: "approval", name: "ask" };
    const recorded = saga(step("a"), ask, step("b"));
    const { id } = await here.engine.run(recorded, { stays: false });
    const expected = saga(step("a"), ask, step("b", { action: "undo" }));
    await expect(here.engine.resume(id, { expected })).rejects.toThrow(
      refusal("DEFINITION_CHANGED"),
    );
    const poor = here.other({ actions: { find: () => undefined } });
    await expect(poor.resume(id)).rejects.toThrow(refusal("ACTION_MISSING"));
    await expect(
      here.engine.resume(id, { expected: recorded, stays: false }),
    ).resolves.toMatchObject({
      status: "waiting",
    });
    expect(here.called).toEqual(["a"]);
  });
});

describe("listening", () => {
  it("tells of every event once it is durable, from the first", async () => {
    const told: string[] = [];
    const here = bench({ ports: { onEvent: (_, { event }) => told.push(event) } });
    await here.engine.run(saga(step("a")));
    expect(told).toEqual([
      "txn_start",
      "saga_defined",
      "stage_transition",
      "step_started",
      "step_completed",
      "txn_commit",
      "stage_transition",
    ]);
  });
});

it("a saga that is started is for somebody else to carry out", async () => {
  const here = bench();
  const id = await here.engine.start(saga(step("a")), { description: "tidy up", input: { n: 1 } });
  expect(here.called).toEqual([]);
  const view: SagaView = await here.other().resume(id);
  expect(view).toMatchObject({ id: "tidy-up-20260131T093000", status: "committed" });
});

it("what is no saga is told from what is not there", async () => {
  const { engine, store } = bench();
  await expect(engine.view("nothing")).rejects.toThrow(refusal("NOT_FOUND"));
  await store.create("plain", []);
  await expect(engine.view("plain")).rejects.toThrow(refusal("NOT_A_SAGA"));
});
