import { describe, expect, it } from "vitest";
import type { EventRecord } from "../transaction/event.ts";
import { newEvent } from "../transaction/event.ts";
import { beginTwoPhase, decideTwoPhase, type TwoPhaseCommand } from "./decide-two-phase.ts";
import {
  blankTwoPhase,
  evolveTwoPhase,
  isEnded,
  isTwoPhase,
  owed,
  phaseOf,
  sessionOf,
  soleOf,
  type TwoPhaseState,
  unsettled,
} from "./two-phase-state.ts";

const AT_MS = Date.UTC(2026, 0, 1);
const YES_ABC = ["a", "b", "c"].map((participant) => ({ participant, vote: "yes" }) as const);

function begun(
  participants: readonly string[] = ["a", "b", "c"],
  isOnePhase = false,
): TwoPhaseState {
  return fold(
    blankTwoPhase("t-1"),
    beginTwoPhase("t-1", {
      description: "change",
      session: "s-1",
      target: "@local",
      agent: "ann",
      participants,
      isOnePhase,
      atMs: AT_MS,
    }),
  );
}

function fold(state: TwoPhaseState, events: readonly EventRecord[]): TwoPhaseState {
  return events.reduce(evolveTwoPhase, state);
}

function after(state: TwoPhaseState, ...commands: readonly TwoPhaseCommand[]): TwoPhaseState {
  return commands.reduce((so, command) => fold(so, decideTwoPhase(so, command, AT_MS)), state);
}

function names(state: TwoPhaseState, command: TwoPhaseCommand): readonly string[] {
  return decideTwoPhase(state, command, AT_MS).map(({ event }) => event);
}

const done = (...participants: readonly string[]): TwoPhaseCommand => ({
  type: "report",
  reports: participants.map((participant) => ({ participant, type: "done" })),
});
const abort = { type: "abort", cause: "asked", reason: "no more" } as const;

describe("beginning", () => {
  it("enters EXECUTE, names the participants, and can be told from other transactions", () => {
    const state = begun();

    expect(state.transaction.state).toMatchObject({ stage: "EXECUTE", agent: "ann" });
    expect([isTwoPhase(state), sessionOf(state), phaseOf(state)]).toEqual([true, "s-1", "active"]);
    expect(state.participants.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(isTwoPhase(blankTwoPhase("t-2"))).toBe(false);
  });

  it("says when a participant decides alone", () => {
    expect(soleOf(begun(["a"], true))?.name).toBe("a");
    expect(soleOf(begun(["a"]))).toBeUndefined();
    expect(soleOf(begun())).toBeUndefined();
  });
});

describe("the decision", () => {
  it("is to commit when everybody votes yes", () => {
    const state = after(begun(), { type: "conclude", ballots: YES_ABC });

    expect(state.decision).toEqual({ outcome: "commit" });
    expect([phaseOf(state), owed(state).length]).toEqual(["committing", 3]);
  });

  it.each([
    ["refuses", [...YES_ABC.slice(1), { participant: "a", vote: "no", reason: "full" } as const]],
    ["has not voted", YES_ABC.slice(1)],
  ])("is to abort when one %s", (why, ballots) => {
    const { decision } = after(begun(), { type: "conclude", ballots });

    expect(decision).toMatchObject({ outcome: "abort", cause: "vote" });
    expect(decision).toMatchObject({ reason: why === "refuses" ? "a: full" : "a has not voted" });
  });

  it("is to abort when somebody has asked for that from outside", () => {
    const asked = newEvent("cancel_requested", AT_MS, { by: "ann", why: "wrong day" });

    const { decision } = after(fold(begun(), [asked]), { type: "conclude", ballots: YES_ABC });

    expect(decision).toEqual({ outcome: "abort", cause: "cancelled", reason: "ann: wrong day" });
  });

  it("is to abort when an end was written by hand, and the stage stays as it is", () => {
    const byHand = newEvent("stage_transition", AT_MS, { from: "EXECUTE", to: "FAIL" });
    const state = after(fold(begun(), [byHand]), { type: "conclude", ballots: YES_ABC });

    expect(state.decision).toMatchObject({ outcome: "abort", cause: "ended" });
    expect(isEnded(state)).toBe(false);
    expect(isEnded(after(state, done("a", "b", "c")))).toBe(true);
    expect(names(state, done("a", "b", "c"))).not.toContain("stage_transition");
  });

  it("is not needed when everybody only read", () => {
    const ballots = YES_ABC.map((one) => ({ ...one, vote: "read-only" }) as const);

    expect(names(begun(), { type: "conclude", ballots })).toEqual(
      "vote vote vote txn_commit stage_transition".split(" "),
    );
  });

  it("stands: there is no second one, and the fold heeds none", () => {
    const state = after(begun(), { type: "conclude", ballots: YES_ABC });
    const second = newEvent("decision", AT_MS, { outcome: "abort", cause: "asked", reason: "" });

    expect(() => decideTwoPhase(state, abort, AT_MS)).toThrow("cannot decide, it is committing");
    expect(() => decideTwoPhase(state, { type: "conclude", ballots: [] }, AT_MS)).toThrow(
      "cannot decide",
    );
    expect(() => decideTwoPhase(state, { type: "publish", writes: [], reads: [] }, AT_MS)).toThrow(
      "cannot decide",
    );
    expect(fold(state, [second]).decision).toEqual({ outcome: "commit" });
  });

  it("of a participant that decides alone is repeated with its end in one append", () => {
    const word = { type: "sole", isCommitted: true, cause: "vote", reason: "" } as const;

    expect(names(begun(["a"], true), word)).toEqual(
      "decision participant_done txn_commit stage_transition".split(" "),
    );
    const refused = after(begun(["a"], true), { ...word, isCommitted: false, reason: "full" });
    expect(refused.transaction.state).toMatchObject({ stage: "FAIL", last_error: "full" });
  });
});

describe("carrying it out", () => {
  it("ends in DONE with the last participant, and not before", () => {
    const decided = after(begun(), { type: "conclude", ballots: YES_ABC });

    expect(names(decided, done("a", "b"))).toEqual(["participant_done", "participant_done"]);
    const state = after(decided, done("a", "b"), done("c"));
    expect([state.transaction.state.stage, phaseOf(state)]).toEqual(["DONE", "committed"]);
  });

  it("ends in FAIL with the reason", () => {
    const state = after(begun(), abort, done("a", "b", "c"));

    expect(state.transaction.state).toMatchObject({ stage: "FAIL", last_error: "no more" });
    expect(phaseOf(state)).toBe("rolled_back");
  });

  it("ends at once when nobody takes part", () => {
    expect(phaseOf(after(begun([]), abort))).toBe("rolled_back");
    expect(phaseOf(after(begun([]), { type: "conclude", ballots: [] }))).toBe("committed");
  });

  it("does not tell those that only read", () => {
    const ballots = [...YES_ABC.slice(1), { participant: "a", vote: "read-only" } as const];

    const state = after(begun(), { type: "conclude", ballots });

    expect(owed(state).map(({ name }) => name)).toEqual(["b", "c"]);
  });

  it("records who is away once, and nothing twice", () => {
    const away = { participant: "a", type: "away", error: "no route" } as const;
    const state = after(begun(), abort, { type: "report", reports: [away] }, done("b"));

    expect(state.participants[0]?.away).toEqual({ sinceMs: AT_MS, error: "no route" });
    expect(names(state, { type: "report", reports: [away] })).toEqual([]);
    expect(names(state, done("b"))).toEqual([]);
    expect(after(state, done("a")).participants[0]?.away).toBeUndefined();
  });
});

describe("a participant that had its own way", () => {
  const own = { participant: "a", type: "heuristic", reason: "operator" } as const;
  const state = after(begun(), { type: "conclude", ballots: YES_ABC }, done("b", "c"), {
    type: "report",
    reports: [own],
  });
  const word = { type: "resolve", participants: ["a"], by: "ann", why: "copied" } as const;

  it("keeps the transaction open, with a call for a person", () => {
    expect(state.transaction.state.stage).toBe("EXECUTE");
    expect(unsettled(state)).toMatchObject([{ name: "a", heuristic: "rolled_back" }]);
    expect(owed(state)).toEqual([]);
  });

  it("counts as done when a person has settled it", () => {
    expect(phaseOf(after(state, { ...word, how: "settled" }))).toBe("committed");
  });

  it("is told again when a person says so", () => {
    const again = after(state, { ...word, how: "retry" });

    expect(owed(again).map(({ name }) => name)).toEqual(["a"]);
    expect(phaseOf(after(again, done("a")))).toBe("committed");
  });

  it.each([["b"], ["nobody"]])("is not %s", (name) => {
    const wrong = { ...word, participants: [name], how: "settled" } as const;

    expect(() => decideTwoPhase(state, wrong, AT_MS)).toThrow("does not wait for a person");
  });
});

it("folds lines that make no sense into nothing", () => {
  const lines: readonly EventRecord[] = [
    { event: "participant_joined" },
    { event: "participant_joined", participant: "a" },
    { event: "vote", participant: "z", vote: "yes" },
    { event: "vote", participant: "a", vote: "perhaps" },
    { event: "decision", outcome: "perhaps" },
    { event: "participant_done", participant: 7 },
    { event: "attention_resolved", steps: ["a"] },
  ];

  expect(fold(begun(), lines)).toEqual(begun());
});
