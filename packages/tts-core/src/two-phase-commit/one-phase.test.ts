import { TetraError } from "@tetra/errors";
import { describe, expect, it } from "vitest";
import { events, failing, refusal, resource, setUp, wanted } from "../../test/two-phase-setting.ts";
import type { Participant } from "./participant.ts";

describe("a single participant that commits in one phase", () => {
  const onePhase = (fields: Partial<NonNullable<Participant["onePhase"]>> = {}): Participant => ({
    ...resource("a", { prepare: () => Promise.reject(new Error("was asked to prepare")) }),
    onePhase: { commit: async () => undefined, isCommitted: async () => false, ...fields },
  });

  it("is not asked to prepare, and the log grows once", async () => {
    const { tpc, store, told } = setUp();
    const id = await tpc.begin({ ...wanted, participants: [onePhase()] });

    expect((await tpc.commit(id)).phase).toBe("committed");

    expect((await events(store, id)).slice(-4)).toEqual(
      "decision participant_done txn_commit stage_transition".split(" "),
    );
    expect(told.map(({ type }) => type)).toEqual(["begun", "committed"]);
  });

  it("is asked how it ended when its answer is an error", async () => {
    const { tpc } = setUp();
    const lost = { commit: failing(1), isCommitted: async () => true };
    const id = await tpc.begin({ ...wanted, participants: [onePhase(lost)] });

    expect((await tpc.commit(id)).phase).toBe("committed");
  });

  it("has committed when it cannot be rolled back any more", async () => {
    const { tpc } = setUp();
    const late = new TetraError("HEURISTIC", "is committed");
    const a = { ...onePhase({ commit: failing(1) }), rollback: () => Promise.reject(late) };
    const id = await tpc.begin({ ...wanted, participants: [a] });

    expect((await tpc.commit(id)).phase).toBe("committed");
  });

  it("is rolled back when it has not committed", async () => {
    const { tpc } = setUp();
    const id = await tpc.begin({ ...wanted, participants: [onePhase({ commit: failing(1) })] });

    await expect(tpc.commit(id)).rejects.toThrow("rolled back: a: no route to host");
  });

  it("stays undecided while it cannot be asked; a rollback finds that it has committed", async () => {
    const { tpc, store } = setUp();
    const giveUp = new AbortController();
    const down = failing(1);
    const lost = {
      commit: failing(1),
      isCommitted: async () => {
        giveUp.abort();
        await down();
        return true;
      },
    };
    const id = await tpc.begin({ ...wanted, participants: [onePhase(lost)] });

    const status = await tpc.commit(id, { signal: giveUp.signal });

    expect(status).toMatchObject({ phase: "active", away: [{ participant: "a" }] });
    await expect(tpc.rollback(id, "no more")).rejects.toThrow(
      refusal({ message: `${id}: cannot roll back, it is committed` }),
    );
    expect((await store.load(id)).state.stage).toBe("DONE");
  });

  it("is left alone by a recovery that cannot ask it", async () => {
    const { tpc, store, other } = setUp();
    const id = await tpc.begin({ ...wanted, participants: [onePhase()] });
    await store.close();

    const report = await other().recover({ participants: [resource("a")] });

    expect(report).toMatchObject({ stuck: [id], rolledBack: [] });
    expect((await tpc.status(id)).decision).toBeUndefined();
  });
});
