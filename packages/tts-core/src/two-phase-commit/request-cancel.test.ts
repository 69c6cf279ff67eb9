import { isTetraError } from "@tetra/errors";
import { expect, it } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import { memoryStore } from "../testing/memory-store.ts";
import type { Participant } from "./participant.ts";
import { requestCancel } from "./request-cancel.ts";
import { twoPhaseCommit } from "./two-phase-commit.ts";

const WORD = { by: "ann", why: "wrong customer" };

const willing: Participant = {
  name: "books",
  prepare: async () => "yes",
  commit: async () => {},
  rollback: async () => {},
  recover: async () => [],
};

async function begun() {
  const clock = fakeClock(0);
  const store = memoryStore();
  const coordinator = twoPhaseCommit({
    store,
    clock,
    timer: clock,
    random: () => 0.5,
    runner: "r",
  });
  const id = await coordinator.begin({
    session: "s",
    description: "move a book",
    participants: [willing],
  });
  return { clock, store, coordinator, id };
}

it("makes the one who wants to commit roll back", async () => {
  const { clock, store, coordinator, id } = await begun();
  await requestCancel({ store: store.reopen(), clock }, id, WORD);
  await expect(coordinator.commit(id)).rejects.toSatisfy((error) =>
    isTetraError(error, "ROLLED_BACK"),
  );
  expect((await store.load(id)).state.stage).toBe("FAIL");
});

it("is refused once it is decided", async () => {
  const { clock, store, coordinator, id } = await begun();
  await coordinator.commit(id);
  await expect(requestCancel({ store, clock }, id, WORD)).rejects.toSatisfy((error) =>
    isTetraError(error, "INVALID_STAGE"),
  );
});

it("is refused for another kind of transaction", async () => {
  const { clock, store } = await begun();
  await store.create("other", []);
  await expect(requestCancel({ store, clock }, "other", WORD)).rejects.toSatisfy((error) =>
    isTetraError(error, "NOT_TWO_PHASE"),
  );
});
