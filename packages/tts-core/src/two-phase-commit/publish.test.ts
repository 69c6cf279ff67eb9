import { expect, it } from "vitest";
import { fakeClock, type FakeClock, memoryStore, type MemoryStore } from "../testing/index.ts";
import { newEvent } from "../transaction/event.ts";
import type { TwoPhaseCommit } from "./two-phase-api.ts";
import { twoPhaseCommit } from "./two-phase-commit.ts";

const AT_MS = Date.UTC(2026, 0, 1, 12);

function setUp(): {
  store: MemoryStore;
  clock: FakeClock;
  coordinator: () => { tpc: TwoPhaseCommit; stop(): Promise<void> };
} {
  const store = memoryStore();
  const clock = fakeClock(AT_MS);
  const timer = {
    until: async (atMs: number): Promise<void> => {
      clock.advance(Math.max(0, atMs - clock.now()));
    },
  };
  return {
    store,
    clock,
    coordinator() {
      const own = store.reopen();
      const tpc = twoPhaseCommit({ store: own, clock, timer, random: () => 0.5 });
      return { tpc, stop: () => own.close() };
    },
  };
}

async function changing(tpc: TwoPhaseCommit, writes: readonly string[]): Promise<string> {
  const id = await tpc.begin({ session: "s-1", description: "change", participants: [] });
  await tpc.touch(id, { writes });
  return id;
}

/** A participant that cannot be told the decision, so that its transaction stays open. */
async function stuckInCommit(tpc: TwoPhaseCommit, writes: readonly string[]): Promise<string> {
  const giveUp = new AbortController();
  const id = await tpc.begin({
    session: "s-2",
    description: "slow",
    participants: [
      {
        name: "a",
        prepare: async () => "yes",
        commit: async () => {
          giveUp.abort();
          throw new Error("away");
        },
        rollback: async () => undefined,
        recover: async () => [],
        writeSet: async () => writes,
      },
    ],
  });
  await tpc.commit(id, { signal: giveUp.signal });
  return id;
}

it("refuses what another process is committing, naming both, and takes the set back", async () => {
  const { coordinator } = setUp();
  const slow = await stuckInCommit(coordinator().tpc, ["notes/1", "notes/2"]);
  const { tpc } = coordinator();
  const id = await changing(tpc, ["notes/2", "notes/3"]);

  await expect(tpc.commit(id)).rejects.toThrow(
    expect.objectContaining({
      code: "WRITE_CONFLICT",
      message: `${id}: ${slow} is changing notes/2 too`,
      details: { id, other: slow, keys: ["notes/2"] },
    }),
  );

  expect(await tpc.status(id)).toMatchObject({ phase: "active", writeSet: { writes: [] } });
});

it("goes on when the sets do not meet, or the other one has only begun", async () => {
  const { coordinator } = setUp();
  const { tpc } = coordinator();
  await stuckInCommit(coordinator().tpc, ["notes/1"]);
  await changing(coordinator().tpc, ["notes/2"]);

  const id = await changing(tpc, ["notes/2"]);

  expect((await tpc.commit(id)).phase).toBe("committed");
});

it("has a set that somebody died with looked after by recovery, and goes on then", async () => {
  const { coordinator } = setUp();
  const { tpc } = coordinator();
  const dying = coordinator();
  const id = await changing(tpc, ["notes/1"]);
  const slow = await stuckInCommit(dying.tpc, ["notes/1"]);
  await expect(tpc.commit(id)).rejects.toThrow(slow);
  await dying.stop();

  const a = { name: "a", prepare: async () => "yes" as const, commit: async () => undefined };
  const participants = [{ ...a, rollback: async () => undefined, recover: async () => [] }];
  const report = await coordinator().tpc.recover({ participants });

  expect(report.committed).toEqual([slow]);
  expect((await tpc.commit(id)).phase).toBe("committed");
});

it("waits a little for a younger one to step back, and is refused when it does not", async () => {
  const { store, clock, coordinator } = setUp();
  const { tpc } = coordinator();
  const id = await changing(tpc, ["notes/1"]);
  clock.advance(1);
  const younger = await changing(coordinator().tpc, []);
  const { revision } = await store.load(younger);
  await store.append(younger, revision, [newEvent("write_set", AT_MS, { keys: ["notes/1"] })]);

  await expect(tpc.commit(id)).rejects.toThrow(younger);

  expect(clock.now() - AT_MS).toBe(1 + 7 * 25);
});

it("publishes before it asks, and nothing when there is nothing to publish", async () => {
  const { store, coordinator } = setUp();
  const { tpc } = coordinator();
  const id = await changing(tpc, []);
  await tpc.commit(id);

  expect((await store.read(id)).some(({ event }) => event?.event === "write_set")).toBe(false);
});

it("moves a transaction back to EXECUTE that somebody has moved on by hand", async () => {
  const { store, coordinator } = setUp();
  const { tpc } = coordinator();
  const id = await changing(tpc, ["notes/1"]);
  const { revision } = await store.load(id);
  const moved = newEvent("stage_transition", AT_MS, { from: "EXECUTE", to: "VALIDATE" });
  await store.append(id, revision, [moved]);

  await tpc.commit(id);

  const { stages } = await store.load(id);
  expect(stages.map(({ stage }) => stage)).toEqual("NEW EXECUTE VALIDATE EXECUTE DONE".split(" "));
});
