import { expect } from "vitest";
import { fakeClock, type FakeClock, memoryStore, type MemoryStore } from "../src/testing/index.ts";
import type { Participant } from "../src/two-phase-commit/participant.ts";
import type { TwoPhaseNotice } from "../src/two-phase-commit/ports.ts";
import type { TwoPhaseCommit } from "../src/two-phase-commit/two-phase-api.ts";
import { twoPhaseCommit } from "../src/two-phase-commit/two-phase-commit.ts";

export const AT_MS: number = Date.UTC(2026, 0, 1, 12);

export interface Setting {
  readonly tpc: TwoPhaseCommit;
  readonly store: MemoryStore;
  readonly clock: FakeClock;
  readonly told: TwoPhaseNotice[];
  /** Another process on the same transactions. */
  readonly other: () => TwoPhaseCommit;
}

/** Time passes while somebody waits for it. */
export function setUp(): Setting {
  const store = memoryStore();
  const clock = fakeClock(AT_MS);
  const told: TwoPhaseNotice[] = [];
  const passing = {
    until: async (atMs: number): Promise<void> => {
      clock.advance(Math.max(0, atMs - clock.now()));
    },
  };
  const ports = { clock, timer: passing, random: () => 0.5 };
  return {
    tpc: twoPhaseCommit({ ...ports, store, onEvent: (notice) => told.push(notice) }),
    store,
    clock,
    told,
    other: () => twoPhaseCommit({ ...ports, store: store.reopen() }),
  };
}

/** A resource that notes what it is told. */
export function resource(
  name: string,
  with_: Partial<Participant> = {},
): Participant & { calls: string[] } {
  const calls: string[] = [];
  return {
    name,
    calls,
    begin: async () => void calls.push("begin"),
    prepare: async () => {
      calls.push("prepare");
      return "yes";
    },
    commit: async () => void calls.push("commit"),
    rollback: async () => void calls.push("rollback"),
    recover: async () => [],
    ...with_,
  };
}

/** Fails so many times, then does not. */
export function failing(
  times: number,
  error: Error = new Error("no route to host"),
): () => Promise<void> {
  let left = times;
  return async () => {
    if (left === 0) return;
    left -= 1;
    throw error;
  };
}

export const wanted: { session: string; agent: string; description: string } = {
  session: "s-1",
  agent: "ann",
  description: "pay ann",
};
export const refusal = (fields: Record<string, unknown>): unknown =>
  expect.objectContaining({ name: "TetraError", ...fields });
export const events = async (store: MemoryStore, id: string): Promise<readonly unknown[]> =>
  (await store.read(id)).map(({ event }) => event?.event);
