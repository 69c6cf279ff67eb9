import { TetraError } from "@tetra/errors";
import { describe, expect, it } from "vitest";
import {
  AT_MS,
  events,
  failing,
  refusal,
  resource,
  setUp,
  wanted,
} from "../../test/two-phase-setting.ts";
import { newEvent } from "../transaction/event.ts";
import { twoPhaseCommit } from "./two-phase-commit.ts";

describe("beginning", () => {
  it("puts transaction and participants on record before anybody is called", async () => {
    const { tpc, store } = setUp();
    const seen: unknown[] = [];
    const a = resource("a", {
      begin: async ({ txn }) => void seen.push(...(await events(store, txn))),
    });

    const id = await tpc.begin({ ...wanted, participants: [a, resource("b")] });

    expect(seen).toEqual(
      "txn_start stage_transition participant_joined participant_joined txn_update lease_taken".split(
        " ",
      ),
    );
    expect(await tpc.status(id)).toMatchObject({ session: "s-1", agent: "ann", phase: "active" });
    expect(await tpc.activeCount()).toBe(1);
  });

  it("rolls back what has begun when one cannot", async () => {
    const { tpc, store, told } = setUp();
    const a = resource("a");
    const b = resource("b", { begin: failing(1) });

    await expect(tpc.begin({ ...wanted, participants: [a, b] })).rejects.toThrow(
      refusal({ code: "ROLLED_BACK", message: expect.stringContaining("no route to host") }),
    );

    expect([a.calls, b.calls]).toEqual([["begin", "rollback"], ["rollback"]]);
    expect(told.map(({ type }) => type)).toEqual(["begun", "failed", "rolled_back"]);
    expect(await store.list({ stage: "FAIL" })).toHaveLength(1);
  });

  it("is never taken for a dead one's by a recovery elsewhere, however early that looks", async () => {
    const { store, clock, other } = setUp();
    const observed = {
      ...store,
      async createLeased(...wanted_: Parameters<typeof store.createLeased>) {
        const lease = await store.createLeased(...wanted_);
        await other().recover({ participants: [resource("a")] });
        return lease;
      },
    };
    const tpc = twoPhaseCommit({ store: observed, clock, timer: clock, random: () => 0 });

    const id = await tpc.begin({ ...wanted, participants: [resource("a")] });

    expect((await tpc.commit(id)).phase).toBe("committed");
    expect(await store.list({ stage: "FAIL" })).toEqual([]);
  });

  it("leaves to a recovery what it made and cannot read", async () => {
    const { store, clock, other } = setUp();
    const unreadable = { ...store, read: () => Promise.reject(new Error("no route to host")) };
    const tpc = twoPhaseCommit({ store: unreadable, clock, timer: clock, random: () => 0 });

    await expect(tpc.begin({ ...wanted, participants: [] })).rejects.toThrow("no route to host");
    await other().recover({ participants: [] });

    expect(await store.list({ stage: "FAIL" })).toHaveLength(1);
  });

  it.each([
    [["A"], "is no name"],
    [["a", "a"], "takes part twice"],
  ])("refuses participants called %s", async (names, why) => {
    const { tpc, store } = setUp();
    const participants = names.map((name) => resource(name));

    await expect(tpc.begin({ ...wanted, participants })).rejects.toThrow(
      refusal({ code: "INVALID_INPUT", message: expect.stringContaining(why) }),
    );
    expect(await store.list()).toEqual([]);
  });
});

describe("committing", () => {
  it("asks all, decides durably, tells all, and ends", async () => {
    const { tpc, store, told } = setUp();
    const decided: unknown[] = [];
    const a = resource("a", {
      commit: async ({ txn }) => void decided.push(...(await events(store, txn))),
    });
    const b = resource("b", { prepare: async () => "read-only" });
    const id = await tpc.begin({ ...wanted, participants: [a, b] });

    const status = await tpc.commit(id);

    expect(decided.at(-1)).toBe("decision");
    expect(status).toMatchObject({ phase: "committed", away: [], attention: [] });
    expect((await events(store, id)).slice(-6)).toEqual(
      "vote vote decision participant_done txn_commit stage_transition".split(" "),
    );
    expect(b.calls).toEqual(["begin"]);
    expect(told.map(({ type }) => type)).toEqual(["begun", "prepared", "committed"]);
    expect(await tpc.activeCount()).toBe(0);
  });

  it("takes four durable steps: the beginning, what it changes, the decision, the end", async () => {
    const { store, clock } = setUp();
    const steps: unknown[] = [];
    const noting = {
      ...store,
      async createLeased(...asked: Parameters<typeof store.createLeased>) {
        steps.push("createLeased");
        return store.createLeased(...asked);
      },
      async append(...asked: Parameters<typeof store.append>) {
        steps.push(asked[2].map(({ event }) => event).join(" "));
        return store.append(...asked);
      },
      create: () => Promise.reject(new Error("made without its lease")),
      lease: () => Promise.reject(new Error("leased afterwards")),
    };
    const tpc = twoPhaseCommit({ store: noting, clock, timer: clock, random: () => 0 });
    const id = await tpc.begin({ ...wanted, participants: [resource("a"), resource("b")] });
    await tpc.touch(id, { writes: ["k"] });

    await tpc.commit(id);

    expect(steps).toEqual([
      "createLeased",
      "write_set",
      "vote vote decision",
      "participant_done participant_done txn_commit stage_transition",
    ]);
  });

  it("rolls everybody back when one refuses, and says why", async () => {
    const { tpc, store, told } = setUp();
    const full = new Error("disk\nfull");
    const a = resource("a");
    const b = resource("b", { prepare: () => Promise.reject(full) });
    const id = await tpc.begin({ ...wanted, participants: [a, b] });

    await expect(tpc.commit(id)).rejects.toThrow(
      refusal({ code: "ROLLED_BACK", message: `${id}: rolled back: b: disk full`, cause: full }),
    );

    expect(a.calls).toEqual(["begin", "prepare", "rollback"]);
    expect(b.calls).toEqual(["begin", "rollback"]);
    expect((await store.load(id)).state).toMatchObject({
      stage: "FAIL",
      last_error: "b: disk full",
    });
    expect(told.map(({ type }) => type)).toEqual(["begun", "failed", "rolled_back"]);
  });

  it("goes on telling a participant that is away, ever more slowly, and shows it", async () => {
    const { tpc, clock, told, other } = setUp();
    const seen: unknown[] = [];
    let left = 12;
    const a = resource("a", {
      commit: async ({ txn }) => {
        if (left === 6) seen.push((await tpc.status(txn)).away, (await other().status(txn)).away);
        left -= 1;
        if (left >= 0) throw new Error(`no route ${left}`);
      },
    });
    const id = await tpc.begin({ ...wanted, participants: [a, resource("b")] });

    expect((await tpc.commit(id)).phase).toBe("committed");

    expect(seen).toMatchObject([
      [{ participant: "a", sinceMs: AT_MS, error: "no route 6", attempts: 6 }],
      [{ participant: "a", sinceMs: AT_MS, error: "no route 11" }],
    ]);
    expect(told.filter(({ type }) => type === "away")).toHaveLength(12);
    // 100 ms, doubled each time, and no more than 15 s: half of each cap, as chance has it here
    expect(clock.now() - AT_MS).toBe(100 * (2 ** 8 - 1) + 4 * 15_000);
    expect((await tpc.status(id)).away).toEqual([]);
  });

  it("stops waiting when the caller does; the decision stands, and goes on later", async () => {
    const { tpc, store } = setUp();
    const giveUp = new AbortController();
    const down = failing(1);
    const a = resource("a", {
      commit: async () => {
        giveUp.abort();
        await down();
      },
    });
    const id = await tpc.begin({ ...wanted, participants: [a, resource("b")] });

    const status = await tpc.commit(id, { signal: giveUp.signal });

    expect(status).toMatchObject({ phase: "committing", away: [{ participant: "a" }] });
    await expect(tpc.rollback(id, "too slow")).rejects.toThrow(refusal({ code: "INVALID_STAGE" }));
    expect((await tpc.commit(id)).phase).toBe("committed");
    expect((await events(store, id)).filter((name) => name === "decision")).toHaveLength(1);
  });

  it("stays open for a person when a participant has decided otherwise, until it is resolved", async () => {
    const { tpc, store, told } = setUp();
    const own = new TetraError("HEURISTIC", "an operator rolled it back");
    const a = resource("a", { commit: failing(1, own) });
    const id = await tpc.begin({ ...wanted, participants: [a, resource("b")] });

    await expect(tpc.commit(id)).rejects.toThrow(
      refusal({
        code: "HEURISTIC",
        message: `${id}: a rolled back by itself, against the decision`,
      }),
    );

    expect((await store.load(id)).state.stage).toBe("EXECUTE");
    expect(await tpc.status(id)).toMatchObject({ phase: "committing", attention: ["a"] });
    expect(told.at(-1)).toMatchObject({ type: "attention", participant: "a" });
    expect(await tpc.recover({ participants: [a] })).toMatchObject({ stuck: [id], committed: [] });
    const word = { participants: [a], names: ["a"], by: "ann", why: "paid by hand" } as const;
    await expect(tpc.resolve(id, { ...word, names: ["b"], how: "settled" })).rejects.toThrow(
      refusal({ code: "INVALID_INPUT" }),
    );
    expect((await tpc.resolve(id, { ...word, how: "retry" })).phase).toBe("committed");
  });

  it("aborts when somebody has asked for that from outside", async () => {
    const { tpc, store } = setUp();
    const a = resource("a");
    const id = await tpc.begin({ ...wanted, participants: [a] });
    const { revision } = await store.load(id);
    await store.append(id, revision, [
      newEvent("cancel_requested", AT_MS, { by: "bob", why: "wrong day" }),
    ]);

    await expect(tpc.commit(id)).rejects.toThrow("rolled back: bob: wrong day");

    expect(a.calls).toEqual(["begin", "rollback"]);
  });

  it("heeds what somebody writes while the participants vote", async () => {
    const { tpc, store } = setUp();
    const a = resource("a", {
      prepare: async ({ txn }) => {
        const { revision } = await store.load(txn);
        const asked = newEvent("cancel_requested", AT_MS, { by: "bob", why: "wrong day" });
        await store.append(txn, revision, [asked]);
        return "yes";
      },
    });
    const id = await tpc.begin({ ...wanted, participants: [a] });

    await expect(tpc.commit(id)).rejects.toThrow("rolled back: bob: wrong day");

    expect(a.calls).toEqual(["begin", "rollback"]);
  });

  it("is refused once it has ended, for what is no such transaction, and for another's", async () => {
    const { tpc, store, other } = setUp();
    const ended = await tpc.begin({ ...wanted, participants: [] });
    await tpc.rollback(ended, "no more");
    const start = { txn_id: "t-1", description: "x", target: "@local", agent: "ann", stage: "NEW" };
    await store.create("t-1", [newEvent("txn_start", AT_MS, start)]);
    const open = await tpc.begin({ ...wanted, participants: [] });

    await expect(tpc.commit(ended)).rejects.toThrow(
      refusal({ code: "INVALID_STAGE", message: `${ended}: cannot commit, it is rolled back` }),
    );
    await expect(tpc.commit("t-1")).rejects.toThrow(refusal({ code: "NOT_TWO_PHASE" }));
    await expect(tpc.commit("t-2")).rejects.toThrow(refusal({ code: "NOT_FOUND" }));
    await expect(other().commit(open)).rejects.toThrow(refusal({ code: "BUSY" }));
  });

  it("is refused while it is being committed", async () => {
    const { tpc } = setUp();
    const second: unknown[] = [];
    const a = resource("a", {
      prepare: async ({ txn }) => {
        second.push(await tpc.commit(txn).catch((error: unknown) => error));
        second.push(await tpc.touch(txn, {}).catch((error: unknown) => error));
        return "yes";
      },
    });
    const id = await tpc.begin({ ...wanted, participants: [a] });

    await tpc.commit(id);

    expect(second).toEqual([refusal({ code: "BUSY" }), refusal({ code: "BUSY" })]);
  });

  it("takes a store's error for no vote: the same call may be made again", async () => {
    const { store, clock } = setUp();
    let isBroken = false;
    const frail = {
      ...store,
      async append(...args: Parameters<typeof store.append>) {
        if (isBroken) throw new TetraError("IO", "the disk failed");
        return store.append(...args);
      },
    };
    const a = resource("a");
    const tpc = twoPhaseCommit({ store: frail, clock, timer: clock, random: () => 0 });
    const id = await tpc.begin({ ...wanted, participants: [a] });

    isBroken = true;
    await expect(tpc.commit(id)).rejects.toThrow(refusal({ code: "IO" }));
    isBroken = false;

    expect(a.calls).toEqual(["begin", "prepare"]);
    expect((await tpc.status(id)).phase).toBe("active");
    expect((await tpc.commit(id)).phase).toBe("committed");
  });

  it("gives its fence with everything it writes", async () => {
    const { store, clock } = setUp();
    const fences: unknown[] = [];
    const noting = {
      ...store,
      async append(...args: Parameters<typeof store.append>) {
        fences.push(args[3]?.fence);
        return store.append(...args);
      },
    };
    const tpc = twoPhaseCommit({ store: noting, clock, timer: clock, random: () => 0 });

    await tpc.commit(await tpc.begin({ ...wanted, participants: [resource("a")] }));

    expect(fences).toEqual([1, 1]);
  });

  it("stops at once when another coordinator has taken over", async () => {
    const { tpc, store, other } = setUp();
    const a = resource("a", {
      prepare: async () => {
        await store.close(); // the lease is gone, though the process lives
        await other().recover({ participants: [resource("a"), resource("b")] });
        return "yes";
      },
    });
    const b = resource("b");
    const id = await tpc.begin({ ...wanted, participants: [a, b] });

    await expect(tpc.commit(id)).rejects.toThrow(refusal({ code: "LEASE_LOST" }));

    expect([a.calls, b.calls]).toEqual([["begin"], ["begin", "prepare"]]);
    expect((await tpc.status(id)).phase).toBe("rolled_back");
  });
});

describe("rolling back", () => {
  it("tells all, with the reason on record", async () => {
    const { tpc, store, told } = setUp();
    const a = resource("a");
    const id = await tpc.begin({ ...wanted, participants: [a] });

    expect((await tpc.rollback(id, "no more")).phase).toBe("rolled_back");

    expect(a.calls).toEqual(["begin", "rollback"]);
    expect((await store.load(id)).state).toMatchObject({ stage: "FAIL", last_error: "no more" });
    expect(told.map(({ type }) => type)).toEqual(["begun", "rolled_back"]);
    await expect(tpc.rollback(id, "again")).rejects.toThrow(refusal({ code: "INVALID_STAGE" }));
  });
});
