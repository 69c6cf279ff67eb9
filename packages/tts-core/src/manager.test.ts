import { TetraError } from "@tetra/errors";
import { describe, expect, it } from "vitest";
import { type TransactionManager, transactionManager } from "./manager.ts";
import type { TransactionStore } from "./ports.ts";
import { fakeClock, memoryStore } from "./testing/index.ts";
import { newEvent } from "./transaction/event.ts";
import { defineStages } from "./transaction/stage.ts";

const AT_MS = Date.UTC(2026, 0, 1, 12);
const ID = "deploy-api-20260101T130000";

function setUp(wrap: (store: TransactionStore) => TransactionStore = (store) => store): {
  manager: TransactionManager;
  store: TransactionStore;
  clock: ReturnType<typeof fakeClock>;
} {
  const store = memoryStore();
  const clock = fakeClock(AT_MS, { offsetMinutes: 60 });
  const resolver = { resolve: async (target: string) => `${target.slice(1)}.local` };
  return { manager: transactionManager({ store: wrap(store), clock, resolver }), store, clock };
}

function refusal(fields: Record<string, unknown>): unknown {
  return expect.objectContaining({ name: "TetraError", ...fields });
}

/** Whoever loads finds that somebody else writes right after. */
function meddled(store: TransactionStore, times: number): TransactionStore {
  let left = times;
  return {
    ...store,
    async load(id) {
      const tx = await store.load(id);
      if (left > 0) {
        left -= 1;
        await store.append(id, tx.revision, [newEvent("txn_update", AT_MS, { changes: { left } })]);
      }
      return tx;
    },
  };
}

const evidence = (text: string): { source: { bytes: Uint8Array; name: string } } => ({
  source: { bytes: new TextEncoder().encode(text), name: "app.tar.gz" },
});

describe("creating", () => {
  it("names it after its description and local time, and makes it active", async () => {
    const { manager, store } = setUp();

    const transaction = await manager.create({ description: "deploy api" });

    expect(transaction).toEqual(await store.load(ID));
    expect(transaction.state).toMatchObject({ target: "@local", agent: "human", stage: "NEW" });
    expect(await manager.active()).toBe(ID);
  });

  it("gives each its own id, also within one second", async () => {
    const { manager } = setUp();

    const made = await Promise.all(
      Array.from({ length: 5 }, () => manager.create({ description: "deploy api" })),
    );

    const ids = [ID, `${ID}-2`, `${ID}-3`, `${ID}-4`, `${ID}-5`];
    expect(made.map(({ id }) => id).toSorted()).toEqual(ids);
    expect(made.map(({ state }) => state.txn_id)).toEqual(made.map(({ id }) => id));
  });

  it("passes on any other refusal, and makes nothing of an empty description", async () => {
    const refused = setUp((store) => ({
      ...store,
      create: () => Promise.reject(new TetraError("READ_ONLY", "no")),
    }));
    await expect(refused.manager.create({ description: "x" })).rejects.toThrow(
      refusal({ code: "READ_ONLY" }),
    );
    await expect(setUp().manager.create({ description: " " })).rejects.toThrow(
      refusal({ code: "INVALID_INPUT" }),
    );
  });

  it("begins at the module's own first stage", async () => {
    const stages = defineStages({ working: ["MINTED", "SPREAD"], done: "LIVE", fail: "LOST" });
    const manager = transactionManager({ store: memoryStore(), clock: fakeClock(AT_MS), stages });

    const { state } = await manager.create({ description: "rotate keys" });

    expect(state.stage).toBe("MINTED");
    expect((await manager.commit()).transaction.state.stage).toBe("LIVE");
    await expect(manager.transition("SPREAD")).rejects.toThrow(
      refusal({ code: "INVALID_STAGE", hint: "LIVE is final: create a new transaction" }),
    );
  });
});

describe("an id", () => {
  it("can be a prefix that fits one, and is the active one when absent or empty", async () => {
    const { manager } = setUp();
    await manager.create({ description: "backup" });
    await manager.create({ description: "deploy api" });

    expect(await manager.resolveId("b")).toBe("backup-20260101T130000");
    expect(await manager.resolveId()).toBe(ID);
    expect(await manager.resolveId("")).toBe(ID);
    await manager.transition("EXECUTE", "back");
    expect((await manager.state("backup")).stage).toBe("EXECUTE");
    expect((await manager.state()).stage).toBe("NEW");
  });

  it("that is whole is meant, also when others begin with it", async () => {
    const { manager } = setUp();
    await manager.create({ description: "deploy api" });
    await manager.create({ description: "deploy api" });
    expect(await manager.resolveId(ID)).toBe(ID);
  });

  it("that fits several is refused with the candidates", async () => {
    const { manager } = setUp();
    await manager.create({ description: "deploy api" });
    await manager.create({ description: "deploy web" });
    await expect(manager.state("deploy")).rejects.toThrow(
      refusal({
        code: "AMBIGUOUS",
        message: `"deploy" fits 2 transactions`,
        hint: `use one of ${ID}, deploy-web-20260101T130000`,
        details: { prefix: "deploy", candidates: [ID, "deploy-web-20260101T130000"] },
      }),
    );
  });

  it("that fits very many names ten of them", async () => {
    const { manager } = setUp();
    for (let at = 0; at < 12; at += 1) await manager.create({ description: "deploy api" });
    await expect(manager.state("deploy")).rejects.toThrow(
      refusal({ hint: expect.stringMatching(/-7 \(and 2 more\)$/) }),
    );
  });

  it("that fits none, that cannot be one, or that is missing is refused", async () => {
    const { manager } = setUp();
    await expect(manager.state("nobody")).rejects.toThrow(refusal({ code: "NOT_FOUND" }));
    await expect(manager.state("../etc")).rejects.toThrow(refusal({ code: "INVALID_ID" }));
    await expect(manager.state()).rejects.toThrow(refusal({ code: "NO_ACTIVE" }));
    await expect(manager.commit("")).rejects.toThrow(refusal({ code: "NO_ACTIVE" }));
  });

  it("can be a prefix in every method", async () => {
    const { manager } = setUp();
    await manager.create({ description: "deploy api" });
    await manager.activate(undefined);
    const id = "dep";

    expect(await manager.activate(id)).toBe(ID);
    await manager.activate("");
    expect((await manager.load(id)).id).toBe(ID);
    expect((await manager.status(id)).id).toBe(ID);
    expect(await manager.events(id)).toHaveLength(1);
    expect((await manager.update(id, { a: 1 })).id).toBe(ID);
    const added = await manager.addContext({ ...evidence("a"), description: "app" }, id);
    expect(added.name).toBe("100_app.tar.gz");
    expect(await manager.listContext(id)).toHaveLength(3);
    expect((await manager.evidence(id)).entries).toHaveLength(1);
    expect(await manager.digest(id)).toMatch(/^[0-9a-f]{64}$/);
    expect(await manager.refreshDigest(id)).toBe(await manager.digest(id));
    expect(await manager.resolveTarget(id)).toEqual({ target: "@local", plan: "local.local" });
    for await (const line of manager.watch(id)) {
      expect(line.event?.event).toBe("txn_start");
      break;
    }
    expect((await manager.fail("test", id)).from).toBe("NEW");
    expect(await manager.active()).toBeUndefined();
  });

  it("that is there is not taken for a prefix when something else is missing", async () => {
    const missing = new TetraError("NOT_FOUND", "./app: no such file");
    const { manager } = setUp((store) => ({
      ...store,
      addContext: () => Promise.reject(missing),
    }));
    await manager.create({ description: "deploy api" });
    await manager.create({ description: "deploy api" }); // its id begins with the other's
    const adding = manager.addContext({ source: { path: "./app" }, description: "app" }, ID);
    await expect(adding).rejects.toBe(missing);
  });
});

describe("changing", () => {
  it("returns what a reader would find", async () => {
    const { manager, store, clock } = setUp();
    await manager.create({ description: "deploy api" });

    clock.advance(1500);
    const moved = await manager.transition("EXECUTE");
    expect(moved).toEqual({ from: "NEW", transaction: await store.load(ID) });
    expect(await manager.update("", { note: [1] })).toEqual(await store.load(ID));
    const committed = await manager.commit();
    expect(committed).toEqual({ from: "EXECUTE", transaction: await store.load(ID) });
    const [line] = await manager.events("", "txn_commit");
    expect(line?.event).toMatchObject({ duration_ms: 1500 });
  });

  it("a failure keeps its error, or says that it is unknown", async () => {
    const { manager } = setUp();
    await manager.create({ description: "deploy api" });
    await manager.create({ description: "deploy web" });
    expect((await manager.fail("disk full")).transaction.state.last_error).toBe("disk full");
    const { transaction } = await manager.fail(undefined, ID);
    expect(transaction.state).toMatchObject({ stage: "FAIL", last_error: "Unknown error" });
  });

  it("decides again when somebody else wrote in between", async () => {
    const { manager, store } = setUp((inner) => meddled(inner, 3));
    await manager.create({ description: "deploy api" });

    const { transaction } = await manager.transition("EXECUTE", ID);

    expect(transaction).toEqual(await store.load(ID));
    expect(transaction).toMatchObject({ revision: 5, state: { stage: "EXECUTE", left: 0 } });
  });

  it("gives up with the CONFLICT when that never ends", async () => {
    const { manager, store } = setUp((inner) => meddled(inner, Infinity));
    await manager.create({ description: "deploy api" });
    await expect(manager.commit()).rejects.toThrow(refusal({ code: "CONFLICT" }));
    expect((await store.load(ID)).revision).toBe(101);
  });

  it("stops at any other failure of the store, which leaves it unknown what was written", async () => {
    let attempts = 0;
    const { manager } = setUp((store) => ({
      ...store,
      append() {
        attempts += 1;
        return Promise.reject(new TetraError("IO", "disk full"));
      },
    }));
    await manager.create({ description: "deploy api" });
    await expect(manager.commit()).rejects.toThrow(refusal({ code: "IO" }));
    expect(attempts).toBe(1);
  });

  it("of commit and fail at once exactly one wins, and the other is told", async () => {
    const { manager } = setUp();
    await manager.create({ description: "deploy api" });

    const outcomes = await Promise.allSettled([manager.commit(), manager.fail("no")]);

    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { code: "INVALID_STAGE", message: expect.stringContaining(`${ID}: cannot go from `) },
    });
  });
});

describe("the digest", () => {
  it("is stored when it is not that already", async () => {
    const { manager } = setUp();
    await manager.create({ description: "deploy api" });

    const digest = await manager.refreshDigest();
    await manager.refreshDigest();

    expect(await manager.load()).toMatchObject({ revision: 2, state: { ctx_digest: digest } });
    await manager.addContext({ ...evidence("a"), description: "app" });
    expect(await manager.refreshDigest()).not.toBe(digest);
    expect(await manager.load()).toMatchObject({ revision: 4 });
  });

  it("is not stored when there is no context", async () => {
    const { manager } = setUp((store) => ({ ...store, contextDigest: async () => "none" }));
    await manager.create({ description: "deploy api" });
    expect(await manager.refreshDigest()).toBe("none");
    expect((await manager.state()).ctx_digest).toBeNull();
  });
});

describe("resolving the target", () => {
  it("stores the plan", async () => {
    const { manager } = setUp();
    await manager.create({ description: "deploy api", target: "@staging" });
    expect(await manager.resolveTarget()).toEqual({ target: "@staging", plan: "staging.local" });
    expect((await manager.state()).tes_plan).toBe("staging.local");
  });

  it("of nothing, or with nothing, is refused", async () => {
    const { manager } = setUp();
    await manager.create({ description: "deploy api", target: "" });
    await expect(manager.resolveTarget()).rejects.toThrow(
      refusal({ code: "NO_TARGET", message: `${ID} (NEW): no target defined` }),
    );
    const bare = transactionManager({ store: memoryStore(), clock: fakeClock(AT_MS) });
    await bare.create({ description: "deploy api" });
    await expect(bare.resolveTarget()).rejects.toThrow(refusal({ code: "INVALID_INPUT" }));
  });
});

describe("looking", () => {
  it("the status has everything a page needs", async () => {
    const { manager, clock } = setUp();
    await manager.create({ description: "deploy api" });
    clock.advance(1000);
    const { digest } = await manager.addContext({ ...evidence("a"), description: "app" });
    await manager.transition("EXECUTE");
    clock.advance(2000);

    expect(await manager.status()).toMatchObject({
      id: ID,
      revision: 3,
      isActive: true,
      isFinal: false,
      ageMs: 3000,
      state: { stage: "EXECUTE" },
      timeline: [
        { stage: "NEW", durationMs: 1000 },
        { stage: "EXECUTE", durationMs: 2000, isOpen: true },
      ],
      recent: [{ event: "txn_start" }, { event: "evidence_added" }, { event: "stage_transition" }],
      context: [{ name: "000_policy.md" }, { name: "010_request.md" }, { name: "100_app.tar.gz" }],
      evidence: [{ name: "100_app.tar.gz", number: 100, digest }],
    });
  });

  it("lists by stage", async () => {
    const { manager, clock } = setUp();
    await manager.create({ description: "deploy api" });
    clock.advance(1000);
    await manager.create({ description: "deploy web" });
    await manager.commit(ID);
    const ids = (await manager.list()).map(({ txn_id }) => txn_id);
    expect(ids).toEqual(["deploy-web-20260101T130001", ID]);
    expect((await manager.list({ stage: "DONE" })).map(({ txn_id }) => txn_id)).toEqual([ID]);
  });

  it("finds lines by their event's name, also those that are not JSON", async () => {
    const broken = { text: `{"ts":"x","event":"txn_fail","error":"say "hi""}`, folded: false };
    const { manager } = setUp((store) => ({
      ...store,
      read: async (id) => [...(await store.read(id)), broken],
    }));
    await manager.create({ description: "deploy api" });
    await manager.transition("EXECUTE");

    expect(await manager.events(ID, "txn_fail")).toEqual([broken]);
    expect(await manager.events(ID, "stage_transition")).toHaveLength(1);
    expect(await manager.events(ID, "txn")).toEqual([]);
    expect(await manager.events(ID)).toHaveLength(3);
  });
});
