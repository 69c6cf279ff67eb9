import { expect, it } from "vitest";
import { newEvent, type NewEvent, seal } from "../transaction/event.ts";
import { beginTwoPhase } from "./decide-two-phase.ts";
import { lifecycle } from "./lifecycle.ts";

const AT_MS = Date.UTC(2026, 0, 1);
const BEGINNING = beginTwoPhase("t-1", {
  description: "change",
  session: "s-1",
  target: "@local",
  agent: "ann",
  participants: ["a", "b"],
  isOnePhase: false,
  atMs: AT_MS,
});
const vote = (participant: string, given: "yes" | "no" | "read-only"): NewEvent =>
  newEvent("vote", AT_MS, { participant, vote: given });
const done = (participant: string): NewEvent =>
  newEvent("participant_done", AT_MS, { participant });
const moved = (to: string): NewEvent =>
  newEvent("stage_transition", AT_MS, { from: "EXECUTE", to });
const aborted = (cause: "asked" | "vote"): NewEvent =>
  newEvent("decision", AT_MS, { outcome: "abort", cause, reason: "full" });

function told(...events: readonly NewEvent[]): readonly string[] {
  const lines = seal(0, [...BEGINNING, ...events]).map((event) => ({
    text: "",
    event,
    folded: true,
  }));
  return lifecycle("t-1", lines).map(({ type }) => type);
}

it("tells of a commit when every participant has committed, not when it is decided", () => {
  const commit = newEvent("decision", AT_MS, { outcome: "commit" });
  const soFar = [vote("a", "yes"), vote("b", "read-only"), commit];

  expect(told(...soFar)).toEqual(["begun", "prepared"]);
  expect(told(...soFar, done("a"), moved("DONE"))).toEqual(["begun", "prepared", "committed"]);
});

it("tells of a failure, and then of the rollback, when a participant refuses", () => {
  const events = [vote("a", "yes"), vote("b", "no"), aborted("vote"), done("a"), done("b")];

  expect(told(...events)).toEqual(["begun", "failed"]);
  expect(told(...events, moved("FAIL"))).toEqual(["begun", "failed", "rolled_back"]);
});

it("tells of no failure when the rollback was asked for", () => {
  const events = [aborted("asked"), done("a"), done("b"), moved("FAIL")];

  expect(told(...events)).toEqual(["begun", "rolled_back"]);
});

it("tells of a participant that had its own way", () => {
  const attention = newEvent("attention", AT_MS, { step: "a", reason: "operator" });

  expect(told(attention)).toEqual(["begun", "attention"]);
});

it("has nothing to tell of another kind of transaction", () => {
  const [start] = seal(0, BEGINNING);
  const lines = start === undefined ? [] : [{ text: "", event: start, folded: true }];

  expect(lifecycle("t-1", [...lines, { text: "not JSON", folded: false }])).toEqual([]);
});
