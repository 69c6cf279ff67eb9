import { describe, expect, it } from "vitest";
import { newEvent, type NewEvent } from "../transaction/event.ts";
import { blankTransaction } from "../transaction/transaction.ts";
import type { SagaNode } from "./definition.ts";
import { evolveSaga } from "./evolve-saga.ts";
import { type SagaView, type StepStatus, type StepView, viewOf } from "./saga-view.ts";

const step = (name: string): SagaNode => ({
  type: "step",
  name,
  agent: "ops",
  action: "do",
  compensate: { action: "undo" },
});
const steps: readonly SagaNode[] = [
  step("a"),
  { type: "parallel", name: "p", steps: [step("b"), { type: "approval", name: "ask" }] },
  { type: "sleep", name: "nap", forMs: 500 },
  { type: "step", name: "keep", action: "do" },
];

function view(...events: readonly NewEvent[]): SagaView {
  const definition = { name: "tidy", steps };
  const defined = newEvent("saga_defined", 0, { name: "tidy", digest: "", definition });
  const saga = [defined, ...events].reduce(evolveSaga, undefined);
  if (saga === undefined) throw new Error("no saga");
  return viewOf({ transaction: blankTransaction("t1"), saga }, 1000);
}

const started = (path: string, atMs = 100): NewEvent =>
  newEvent("step_started", atMs, { step: path, attempt: 1, key: "" });
const completed = (path: string): NewEvent =>
  newEvent("step_completed", 300, { step: path, attempt: 1 });
const failed = (path: string, retryAt?: number): NewEvent =>
  newEvent("step_failed", 300, {
    step: path,
    attempt: 1,
    error: "disk full",
    outcome: "failed",
    ...(retryAt === undefined ? {} : { retry_at: retryAt }),
  });
const asked = newEvent("approval_requested", 400, { name: "p/ask", step: "p/ask" });
const approved = newEvent("approval_approved", 500, { name: "p/ask", by: "ann", why: "" });
const turned = (path: string): NewEvent =>
  newEvent("saga_failed", 600, { step: path, error: "disk full", reason: "step" });
const undoing = newEvent("compensation_started", 700, { step: "a", attempt: 1, key: "" });
const undone = newEvent("compensation_completed", 800, { step: "a", attempt: 1 });
const moved = (to: string): NewEvent => newEvent("stage_transition", 900, { from: "EXECUTE", to });

/** The single steps, by path. */
function statuses({
  steps: all,
}: {
  readonly steps: readonly StepView[];
}): Record<string, StepStatus> {
  const entries = all.map((shown): Record<string, StepStatus> => ({
    [shown.step]: shown.status,
    ...statuses(shown),
  }));
  return Object.assign({}, ...entries);
}

describe("a saga's status", () => {
  it("is running while something is called", () => {
    expect(view(started("a")).status).toBe("running");
    expect(view(completed("a"), started("p/b"), asked).status).toBe("running");
  });

  it("is waiting when nothing is, and something is waited for", () => {
    const shown = view(completed("a"), completed("p/b"), asked);
    expect(shown).toMatchObject({
      status: "waiting",
      waiting: [{ type: "approval", step: "p/ask" }],
    });
    expect(view(started("a"), failed("a", 9000)).status).toBe("waiting");
  });

  it("is compensating once it turned back, and attention when only a person can help", () => {
    expect(view(completed("a"), turned("p/b"), undoing).status).toBe("compensating");
    const broken = newEvent("compensation_failed", 800, { step: "a", attempt: 1, error: "no" });
    const needed = newEvent("attention", 800, { step: "a", reason: "could not be undone" });
    expect(view(completed("a"), turned("p/b"), undoing, broken, needed)).toMatchObject({
      status: "attention",
      attention: [{ step: "a", reason: "could not be undone" }],
    });
  });

  it("is how it ended when it has", () => {
    expect(view(moved("DONE")).status).toBe("committed");
    expect(view(moved("FAIL")).status).toBe("rolled_back");
  });
});

describe("a step's status", () => {
  it("follows it on its way forward, and groups follow their steps", () => {
    expect(statuses(view(completed("a"), started("p/b"), asked))).toEqual({
      a: "completed",
      p: "running",
      "p/b": "running",
      "p/ask": "waiting",
      nap: "pending",
      keep: "pending",
    });
    const later = view(completed("p/b"), asked, approved, completed("p/ask"));
    expect(statuses(later)).toMatchObject({ p: "completed", "p/ask": "completed" });
  });

  it("follows it on its way back", () => {
    const back = [completed("a"), started("p/b"), failed("p/b"), asked, turned("p/b")];
    expect(statuses(view(...back))).toEqual({
      a: "compensating",
      p: "failed",
      "p/b": "failed",
      "p/ask": "pending",
      nap: "pending",
      keep: "pending",
    });
    expect(statuses(view(...back, undoing, undone))).toMatchObject({ a: "compensated" });
    expect(statuses(view(completed("keep"), turned("a")))).toMatchObject({ keep: "kept" });
  });

  it("tells an approval that was refused from one that was not waited for any more", () => {
    expect(statuses(view(asked, turned("p/ask")))).toMatchObject({ "p/ask": "failed" });
    expect(statuses(view(asked, turned("a")))).toMatchObject({ "p/ask": "pending" });
  });
});

describe("a step", () => {
  it("shows who does what, how often, how long, and how it is undone", () => {
    const [a] = view(started("a"), completed("a")).steps;
    expect(a).toEqual({
      step: "a",
      type: "step",
      status: "completed",
      agent: "ops",
      action: "do",
      compensation: "undo",
      attempts: 1,
      durationMs: 200,
      steps: [],
    });
  });

  it("that runs has taken as long as it is now, and its last word is shown", () => {
    const said = newEvent("step_progress", 500, { step: "a", message: "half", fraction: 0.5 });
    expect(view(started("a"), said).steps[0]).toMatchObject({
      durationMs: 900,
      progress: { message: "half", fraction: 0.5 },
    });
  });

  it("that failed shows why, and when it is tried again", () => {
    expect(view(started("a"), failed("a", 9000)).steps[0]).toMatchObject({
      status: "retrying",
      error: "disk full",
      untilMs: 9000,
    });
  });

  it("that sleeps shows until when, and nothing once the saga turned back", () => {
    const set = newEvent("timer_set", 400, { name: "nap", at: 5000 });
    expect(view(set).steps[2]).toMatchObject({ status: "waiting", untilMs: 5000 });
    expect(view(set, turned("a")).steps[2]).not.toHaveProperty("untilMs");
  });

  it("that nobody waits for any more takes no longer", () => {
    const [, group] = view(asked, turned("a"), moved("FAIL")).steps;
    expect(group?.steps[1]).toMatchObject({ step: "p/ask", durationMs: 200 });
  });
});

it("what is done, what was undone, and why it turned back are told in the order of the definition", () => {
  const shown = view(completed("keep"), completed("a"), turned("p/b"), undoing, undone);
  expect(shown).toMatchObject({
    id: "t1",
    completed: ["keep"],
    compensated: ["a"],
    failure: { step: "p/b", error: "disk full", reason: "step" },
    isPastPivot: false,
  });
});

it("what a person took as undone is neither done nor undone by us", () => {
  const gaveUp = newEvent("compensation_failed", 700, { step: "a", attempt: 1, error: "no" });
  const stuck = newEvent("attention", 700, { step: "a", reason: "no" });
  const seen = newEvent("attention_resolved", 800, {
    steps: ["a"],
    how: "settled",
    by: "ann",
    why: "",
  });
  const shown = view(
    completed("keep"),
    completed("a"),
    turned("p/b"),
    undoing,
    gaveUp,
    stuck,
    seen,
  );
  expect(shown).toMatchObject({ completed: ["keep"], compensated: [] });
});
