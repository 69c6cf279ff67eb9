import { TetraError } from "@tetra/errors";
import { describe, expect, it } from "vitest";
import { fakeClock, type FakeClock, memoryStore, type MemoryStore } from "../testing/index.ts";
import { newEvent } from "../transaction/event.ts";
import type { Branch, Participant } from "./participant.ts";
import type { TwoPhaseNotice } from "./ports.ts";
import type { TwoPhaseCommit } from "./two-phase-api.ts";
import { twoPhaseCommit } from "./two-phase-commit.ts";

const AT_MS = Date.UTC(2026, 0, 1, 12);

interface Coordinator {
  readonly tpc: TwoPhaseCommit;
  readonly store: MemoryStore;
  readonly told: TwoPhaseNotice[];
}

interface Setting extends Coordinator {
  readonly clock: FakeClock;
  readonly another: () => Coordinator;
}

function setUp(): Setting {
  const clock = fakeClock(AT_MS);
  const made = (store: MemoryStore): Coordinator => {
    const told: TwoPhaseNotice[] = [];
    const ports = { store, clock, timer: clock, random: () => 0.5 };
    return { store, told, tpc: twoPhaseCommit({ ...ports, onEvent: (one) => told.push(one) }) };
  };
  const first = made(memoryStore());
  return { ...first, clock, another: () => made(first.store.reopen()) };
}

/** A resource that knows which branches wait there. */
function resource(
  name: string,
  with_: Partial<Participant> = {},
): Participant & { calls: string[] } {
  const waiting = new Set<string>();
  const calls: string[] = [];
  const leave =
    (how: string) =>
    async ({ txn }: Branch) => {
      waiting.delete(txn);
      calls.push(`${how} ${txn}`);
    };
  return {
    name,
    calls,
    prepare: async ({ txn }) => {
      waiting.add(txn);
      return "yes";
    },
    commit: leave("commit"),
    rollback: leave("rollback"),
    recover: async () => [...waiting].map((txn) => ({ txn, participant: name })),
    ...with_,
  };
}

const begin = (tpc: TwoPhaseCommit, participants: readonly Participant[]): Promise<string> =>
  tpc.begin({ session: "s-1", description: "change", participants });

describe("recovering", () => {
  it("rolls back what nobody decided, and leaves alone what somebody works in", async () => {
    const { tpc, store, another } = setUp();
    const alive = another();
    const a = resource("a");
    const dead = await begin(tpc, [a]);
    const open = await begin(alive.tpc, [a]);
    await store.close();

    const report = await another().tpc.recover({ participants: [a] });

    expect(report).toMatchObject({ rolledBack: [dead], committed: [], waiting: [], stuck: [] });
    expect(a.calls).toEqual([`rollback ${dead}`]);
    expect((await tpc.status(dead)).decision).toMatchObject({ cause: "recovery" });
    expect((await alive.tpc.commit(open)).phase).toBe("committed");
  });

  it("retries what is away until it is back, and holds the lease meanwhile", async () => {
    const { tpc, store, clock, another } = setUp();
    const dead = await begin(tpc, [resource("a")]);
    await store.close();
    const { tpc: recovering, told } = another();
    let left = 3;
    const a = resource("a", {
      rollback: async () => {
        left -= 1;
        if (left >= 0) throw new Error("no route");
      },
    });
    const recovery = recovering.recover({ participants: [a] });
    for (let seen = 0; seen < 3;) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(await another().tpc.recover({ participants: [a] })).toMatchObject({ rolledBack: [] });
      if (clock.advanceToNext()) seen += 1;
    }

    expect(await recovery).toMatchObject({ rolledBack: [dead], waiting: [] });
    // not "begun": that was the other one's news
    expect(told.map(({ type }) => type)).toEqual(["failed", "away", "away", "away", "rolled_back"]);
    const names = (await store.read(dead)).map(({ event }) => event?.event);
    expect(names.filter((name) => name === "lease_taken")).toHaveLength(2);
  });

  it("gives back what it could not end when it is told to stop", async () => {
    const { tpc, store, another } = setUp();
    const dead = await begin(tpc, [resource("a")]);
    await store.close();
    const giveUp = new AbortController();
    giveUp.abort();
    const away = resource("a", { rollback: () => Promise.reject(new Error("no route")) });

    const report = await another().tpc.recover({ participants: [away], signal: giveUp.signal });

    expect(report).toMatchObject({ waiting: [dead] });
    expect(await another().tpc.recover({ participants: [resource("a")] })).toMatchObject({
      rolledBack: [dead],
    });
  });

  it("leaves a participant that it does not have to somebody who has", async () => {
    const { tpc, store, another } = setUp();
    const a = resource("a");
    const b = resource("b");
    const dead = await begin(tpc, [a, b]);
    await store.close();

    expect(await another().tpc.recover({ participants: [a] })).toMatchObject({ stuck: [dead] });
    expect(await another().tpc.recover({ participants: [a] })).toMatchObject({ stuck: [dead] });
    expect(await another().tpc.recover({ participants: [b] })).toMatchObject({
      rolledBack: [dead],
    });
    expect([a.calls, b.calls]).toEqual([[`rollback ${dead}`], [`rollback ${dead}`]]);
    // the process that began, and the two that could do something: the one in between took no lease
    const names = (await store.read(dead)).map(({ event }) => event?.event);
    expect(names.filter((name) => name === "lease_taken")).toHaveLength(3);
  });

  it("settles the others when the store fails for one, and says so then", async () => {
    const { tpc, store, clock, another } = setUp();
    const broken = await begin(tpc, [resource("a")]);
    const dead = await begin(tpc, [resource("a")]);
    await store.close();
    const reopened = store.reopen();
    const frail = {
      ...reopened,
      async read(id: string) {
        if (id === broken) throw new TetraError("IO", "the disk failed");
        return reopened.read(id);
      },
    };
    const frailly = twoPhaseCommit({ store: frail, clock, timer: clock, random: () => 0 });

    await expect(frailly.recover({ participants: [resource("a")] })).rejects.toThrow("the disk");

    expect((await another().tpc.status(dead)).phase).toBe("rolled_back");
  });
});

describe("branches that wait for nobody", () => {
  it("are rolled back when their transaction is unknown, or its id none at all", async () => {
    const { tpc, told } = setUp();
    const a = resource("a");
    await a.prepare({ txn: "gone-20260101T000000", participant: "a" });
    await a.prepare({ txn: "../up", participant: "a" });

    const { orphans } = await tpc.recover({ participants: [a] });

    expect(orphans.map(({ txn }) => txn)).toEqual(["gone-20260101T000000", "../up"]);
    expect(a.calls).toEqual(["rollback gone-20260101T000000", "rollback ../up"]);
    expect(told).toMatchObject([
      { type: "orphan", outcome: "rolled_back" },
      { type: "orphan", outcome: "rolled_back" },
    ]);
  });

  it("get what their transaction decided, when it has ended without them", async () => {
    const { tpc } = setUp();
    const a = resource("a");
    const kept = await begin(tpc, [a]);
    await tpc.commit(kept);
    const dropped = await begin(tpc, [a]);
    await tpc.rollback(dropped, "no more");
    a.calls.length = 0;
    for (const txn of [kept, dropped]) await a.prepare({ txn, participant: "a" });

    await tpc.recover({ participants: [a] });

    expect(a.calls).toEqual([`commit ${kept}`, `rollback ${dropped}`]);
  });

  it("are not touched while somebody alive has their transaction", async () => {
    const { tpc, another } = setUp();
    const a = resource("a");
    const open = await begin(tpc, [a]);
    await a.prepare({ txn: open, participant: "a" });

    for (const one of [tpc, another().tpc]) await one.recover({ participants: [a] });

    expect(a.calls).toEqual([]);
  });

  it("are found when their transaction was ended by hand", async () => {
    const { tpc, store, another } = setUp();
    const a = resource("a");
    const id = await begin(tpc, [a]);
    await a.prepare({ txn: id, participant: "a" });
    const { revision } = await store.load(id);
    const byHand = newEvent("stage_transition", AT_MS, { from: "EXECUTE", to: "DONE" });
    await store.append(id, revision, [byHand]);
    await store.close();

    await another().tpc.recover({ participants: [a] });

    expect(a.calls).toEqual([`rollback ${id}`]);
    expect((await tpc.status(id)).phase).toBe("rolled_back");
  });

  it("are shown when a resource has decided otherwise, or cannot be read", async () => {
    const { tpc, told } = setUp();
    const giveUp = new AbortController();
    giveUp.abort();
    const own = new TetraError("HEURISTIC", "an operator committed it");
    const a = resource("a", { rollback: () => Promise.reject(own) });
    await a.prepare({ txn: "gone", participant: "a" });
    const b = resource("b", { recover: () => Promise.reject(new Error("no route")) });

    const report = await tpc.recover({ participants: [a, b], signal: giveUp.signal });

    expect(report).toMatchObject({ unreadable: ["b"] });
    expect(told).toEqual([
      {
        type: "orphan",
        branch: { txn: "gone", participant: "a" },
        outcome: "heuristic",
        error: "an operator committed it",
      },
      { type: "unreadable", participant: "b", error: "no route" },
    ]);
  });
});

describe("watching", () => {
  it("looks again every so often, also after the store failed, until it is told to stop", async () => {
    const { store, clock, another } = setUp();
    const stop = new AbortController();
    const errors: unknown[] = [];
    let rounds = 0;
    const frail = {
      ...store,
      async list() {
        rounds += 1;
        if (rounds === 2) throw new TetraError("IO", "the disk failed");
        return store.list();
      },
    };
    const a = resource("a");
    const tpc = twoPhaseCommit({ store: frail, clock, timer: clock, random: () => 0 });
    const watching = tpc.watchOrphans({
      participants: [a],
      everyMs: 1000,
      signal: stop.signal,
      onError: (error) => errors.push(error),
    });
    const dead = another();
    const ids: string[] = [];
    for (let round = 1; round <= 3; round += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (round === 1) ids.push(await begin(dead.tpc, [a]));
      if (round === 1) await dead.store.close();
      clock.advance(1000);
    }
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await watching;

    expect(errors).toMatchObject([{ code: "IO" }]);
    expect(a.calls).toEqual([`rollback ${ids[0]}`]);
    expect(rounds).toBe(4);
  });
});

describe("timing out", () => {
  it("rolls back what is strictly older, of its own and of the dead, and counts it", async () => {
    const { tpc, store, clock, another } = setUp();
    const living = another();
    const a = resource("a");
    await begin(living.tpc, [a]);
    const dead = await begin(tpc, [a]);
    await store.close();
    const { tpc: own } = another();
    const mine = await begin(own, [a]);
    clock.advance(1000);
    const young = await begin(own, [a]);

    expect(await own.timeoutStale(1000, { participants: [a] })).toBe(0);
    clock.advance(1);
    expect(await own.timeoutStale(1000, { participants: [a] })).toBe(2);

    expect(a.calls.toSorted()).toEqual([`rollback ${dead}`, `rollback ${mine}`].toSorted());
    expect((await own.status(mine)).decision).toMatchObject({ cause: "timeout" });
    expect((await own.status(young)).phase).toBe("active");
    expect(await own.activeCount()).toBe(2);
  });

  it("does not count what could not be rolled back, and leaves it to be finished", async () => {
    const { tpc, clock } = setUp();
    let isAway = true;
    const a = resource("a", {
      rollback: async () => {
        if (isAway) throw new Error("no route");
      },
    });
    const id = await begin(tpc, [a]);
    clock.advance(1001);

    expect(await tpc.timeoutStale(1000)).toBe(0);
    expect((await tpc.status(id)).phase).toBe("rolling_back");

    isAway = false;
    expect(await tpc.recover({ participants: [] })).toMatchObject({ rolledBack: [id] });
  });
});
