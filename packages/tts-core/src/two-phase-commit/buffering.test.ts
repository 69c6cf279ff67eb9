import { describe, expect, it } from "vitest";
import { AT_MS, refusal, resource, setUp, wanted } from "../../test/two-phase-setting.ts";
import type { BufferingParticipant, VectorUpsert } from "./buffering.ts";

describe("buffering", () => {
  const upsert: VectorUpsert = { collection: "notes", id: "42", text: "buy milk", vector: [1, 0] };

  it("hands writes to the participant that keeps them, and their keys to the write set", async () => {
    const { tpc } = setUp();
    const kept: unknown[] = [];
    const vectors: BufferingParticipant = {
      ...resource("vectors"),
      bufferUpsert: async (branch, write) => void kept.push(branch, write),
    };
    const id = await tpc.begin({ ...wanted, participants: [resource("a"), vectors] });

    await tpc.bufferVectorUpsert(id, upsert);

    expect(kept).toEqual([{ txn: id, participant: "vectors" }, upsert]);
    expect((await tpc.commit(id)).writeSet.writes).toEqual(["notes/42"]);
    await expect(tpc.bufferVectorUpsert(id, upsert)).rejects.toThrow(
      refusal({ code: "INVALID_STAGE" }),
    );
  });

  it("is refused when no participant keeps writes", async () => {
    const { tpc } = setUp();
    const id = await tpc.begin({ ...wanted, participants: [resource("a")] });

    await expect(tpc.bufferVectorUpsert(id, upsert)).rejects.toThrow(
      refusal({ code: "INVALID_INPUT" }),
    );
  });
});

it("keeps a log of what became of each, aborts included, with what it was to change", async () => {
  const { tpc, clock, other } = setUp();
  const first = await tpc.begin({ ...wanted, participants: [] });
  await tpc.touch(first, { writes: ["notes/2", "notes/1"], reads: ["notes/3"] });
  await tpc.commit(first);
  clock.advance(1000);
  const second = await tpc.begin({ ...wanted, session: "s-2", participants: [resource("a")] });
  await tpc.rollback(second, "no more");
  await tpc.begin({ ...wanted, participants: [] });

  expect(await other().log()).toEqual([
    {
      id: second,
      session: "s-2",
      outcome: "rolled_back",
      reason: "no more",
      endedMs: AT_MS + 1000,
      writeSet: { writes: [], reads: [] },
    },
    {
      id: first,
      session: "s-1",
      outcome: "committed",
      endedMs: AT_MS,
      writeSet: { writes: ["notes/1", "notes/2"], reads: ["notes/3"] },
    },
  ]);
});
