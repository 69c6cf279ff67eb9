import { isTetraError } from "@tetra/errors";
import { describe, expect, it } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import { memoryStore } from "../testing/memory-store.ts";
import type { Json } from "../saga/json.ts";
import type { TransactionRecord } from "./record.ts";
import { SagaOrchestrator } from "./saga-orchestrator.ts";
import { type Handler, type NewStep, TransactionManager } from "./transaction-manager.ts";

/** A manager whose handlers note their calls; those named fail. */
function manager(failing: Readonly<Record<string, string>> = {}) {
  const clock = fakeClock(Date.UTC(2026, 1, 27, 12));
  const store = memoryStore();
  const calls: [string, Readonly<Record<string, Json>>][] = [];
  const handler: Handler = (action, data) => {
    calls.push([action, data]);
    const error = failing[action];
    if (error !== undefined) throw new Error(error);
  };
  const names = ["create", "init", "send", "delete", "reset", "unsend"];
  const handlers = Object.fromEntries(names.map((name) => [name, handler]));
  let seed = 1;
  const random = (): number => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const ports = { store, clock, timer: clock, random };
  const made = new TransactionManager({ ...ports, handlers });
  return { made, dry: new TransactionManager(ports), clock, store, calls };
}

const ONBOARDING: readonly NewStep[] = [
  { agentId: "users", action: "create", data: { user: "ada" }, compensatingAction: "delete" },
  { agentId: "quota", action: "init", data: { gb: 5 }, compensatingAction: "reset" },
  { agentId: "mail", action: "send", data: { to: "ada" }, compensatingAction: "unsend" },
];

async function onboarding(to: TransactionManager): Promise<{ id: string; steps: string[] }> {
  const { transaction_id: id } = await to.begin();
  const steps: string[] = [];
  for (const step of ONBOARDING) steps.push((await to.addStep(id, step)).step_id);
  return { id, steps };
}

describe("commit", () => {
  it("runs the steps in the order of adding, each with its own data", async () => {
    const { made, calls } = manager();
    const { id, steps } = await onboarding(made);
    const result = await made.commit(id);
    expect(calls).toEqual(ONBOARDING.map(({ action, data }) => [action, data]));
    expect(result).toMatchObject({
      transaction_id: id,
      state: "committed",
      completed_steps: steps,
      failed_step: null,
      error: null,
    });
    expect((await made.getTransaction(id))?.state).toBe("committed");
  });

  it("undoes the steps before the failed one in reverse, and lists them so", async () => {
    const { made, calls } = manager({ send: "SMTP server unavailable" });
    const { id, steps } = await onboarding(made);
    const result = await made.commit(id);
    expect(calls.map(([action]) => action)).toEqual(["create", "init", "send", "reset", "delete"]);
    expect(calls.at(-1)).toEqual(["delete", { user: "ada" }]);
    expect(result).toMatchObject({
      state: "rolled_back",
      completed_steps: [steps[1], steps[0]],
      failed_step: steps[2],
      error: "SMTP server unavailable",
    });
    expect((await made.getTransaction(id))?.state).toBe("rolled_back");
  });

  it("goes on when a compensation fails, lists the step all the same, and tells the truth beside", async () => {
    const { made, calls } = manager({ send: "down", reset: "no quota service" });
    const { id, steps } = await onboarding(made);
    const result = await made.commit(id);
    expect(calls.map(([action]) => action)).toEqual(["create", "init", "send", "reset", "delete"]);
    expect(result).toMatchObject({
      state: "rolled_back",
      completed_steps: [steps[1], steps[0]],
      compensated_steps: [steps[0]],
      attention: [{ step_id: steps[1], reason: expect.stringContaining("no quota service") }],
    });
  });

  it("takes an action without a handler for done", async () => {
    const { dry, calls } = manager();
    const { id, steps } = await onboarding(dry);
    expect(await dry.commit(id)).toMatchObject({ state: "committed", completed_steps: steps });
    expect(calls).toEqual([]);
  });

  it.each([0, -5])(
    "fails without running a step when the timeout of %d s is over",
    async (timeout) => {
      const { made, clock, calls } = manager();
      const { transaction_id: id } = await made.begin(timeout);
      await made.addStep(id, { agentId: "a", action: "create" });
      clock.advance(1);
      expect(await made.commit(id)).toMatchObject({
        state: "failed",
        error: "Transaction timed out before commit",
        completed_steps: [],
        failed_step: null,
      });
      expect(calls).toEqual([]);
      expect((await made.getTransaction(id))?.state).toBe("failed");
    },
  );

  it("is possible once, and nothing can be added afterwards", async () => {
    const { made } = manager();
    const { id } = await onboarding(made);
    await made.commit(id);
    await expect(made.commit(id)).rejects.toThrow(/only pending transactions can be committed/);
    await expect(made.addStep(id, { agentId: "a", action: "create" })).rejects.toSatisfy((error) =>
      isTetraError(error, "INVALID_STAGE"),
    );
  });

  it("of two at once lets one run, so that no step is called twice", async () => {
    const { made, calls } = manager();
    const { id } = await onboarding(made);
    const ends = await Promise.allSettled([made.commit(id), made.commit(id)]);
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(calls).toHaveLength(3);
  });

  it("commits a transaction without steps", async () => {
    const { made } = manager();
    const { transaction_id: id } = await made.begin();
    expect(await made.commit(id)).toMatchObject({ state: "committed", completed_steps: [] });
  });

  it("hands data on as they are, even when they look like references", async () => {
    const { made, calls } = manager();
    const { transaction_id: id } = await made.begin();
    const data = { $secret: "env:HOME" };
    await made.addStep(id, { agentId: "", action: "create", data });
    await made.commit(id);
    expect(calls).toEqual([["create", data]]);
  });
});

describe("rollback", () => {
  it("undoes every step in reverse, also of a transaction that never ran", async () => {
    const { made, calls } = manager();
    const { id, steps } = await onboarding(made);
    const result = await made.rollback(id);
    expect(calls.map(([action]) => action)).toEqual(["unsend", "reset", "delete"]);
    expect(result).toMatchObject({ state: "rolled_back", completed_steps: steps.toReversed() });
    expect((await made.getTransaction(id))?.state).toBe("rolled_back");
    await expect(made.commit(id)).rejects.toThrow(/only pending/);
  });

  it("undoes one that is committed", async () => {
    const { made, calls } = manager();
    const { id } = await onboarding(made);
    await made.commit(id);
    calls.length = 0;
    await made.rollback(id);
    expect(calls.map(([action]) => action)).toEqual(["unsend", "reset", "delete"]);
    expect((await made.getTransaction(id))?.state).toBe("rolled_back");
  });
});

describe("the registry", () => {
  it("gives nothing for an id that nobody has", async () => {
    expect(await manager().made.getTransaction("nobody")).toBeUndefined();
  });

  it("takes a transaction of the original as it is, and another process sees it", async () => {
    const { made, store, clock } = manager();
    const restored: TransactionRecord = {
      transaction_id: "3f0e7a52-43a4-4a0e-9e69-0a8d6fb2f3c1",
      steps: [
        { step_id: "one", agent_id: "a", action: "create", data: {}, compensating_action: null },
      ],
      state: "committed",
      created_at: "2026-02-27T12:00:00.854281Z",
      timeout_seconds: 30,
    };
    await made.registerTransaction(restored);
    const there = new TransactionManager({
      store: store.reopen(),
      clock,
      timer: clock,
      random: () => 0.5,
    });
    expect(await there.getAllTransactions()).toEqual([restored]);
  });
});

describe("the orchestrator", () => {
  it("keeps its steps: executing twice makes two transactions", async () => {
    const { made, calls } = manager();
    const orchestrator = new SagaOrchestrator(made);
    for (const step of ONBOARDING) orchestrator.register(step);
    const [first, second] = [await orchestrator.execute(), await orchestrator.execute()];
    expect(first.transaction_id).not.toBe(second.transaction_id);
    expect(calls).toHaveLength(6);
    expect(await made.getAllTransactions()).toHaveLength(2);
  });
});
