import { describe, expect, it } from "vitest";
import { newEvent, type NewEvent } from "../transaction/event.ts";
import type { ActionStep, SagaDefinition, SagaNode } from "./definition.ts";
import { evolveSaga } from "./evolve-saga.ts";
import { next, type Next, waitsOf } from "./next.ts";
import type { SagaState } from "./saga-state.ts";

const step = (name: string, more: Partial<ActionStep> = {}): ActionStep => ({
  type: "step",
  name,
  action: "do",
  compensate: { action: "undo" },
  ...more,
});
const parallel = (name: string, ...steps: readonly SagaNode[]): SagaNode => ({
  type: "parallel",
  name,
  steps,
});
const nested = (name: string, ...steps: readonly SagaNode[]): SagaNode => ({
  type: "saga",
  name,
  steps,
});

interface Beginning {
  readonly timeoutMs?: number;
  readonly dryRun?: true;
}

function sagaOf(
  steps: readonly SagaNode[],
  events: readonly NewEvent[] = [],
  { dryRun, ...more }: Beginning = {},
): SagaState {
  const definition: SagaDefinition = { name: "tidy", steps, ...more };
  const dry = dryRun === undefined ? {} : { dry_run: dryRun };
  const defined = newEvent("saga_defined", 0, { name: "tidy", digest: "", definition, ...dry });
  const saga = [defined, ...events].reduce(evolveSaga, undefined);
  if (saga === undefined) throw new Error("no saga");
  return saga;
}

const started = (path: string, attempt = 1): NewEvent =>
  newEvent("step_started", 0, { step: path, attempt, key: "" });
const done = (...paths: readonly string[]): readonly NewEvent[] =>
  paths.flatMap((path) => [
    started(path),
    newEvent("step_completed", 0, { step: path, attempt: 1 }),
  ]);
const failed = (path: string, outcome: "failed" | "unknown" = "failed"): readonly NewEvent[] => [
  started(path),
  newEvent("step_failed", 0, { step: path, attempt: 1, error: "no", outcome }),
];
const turned = newEvent("saga_failed", 0, { error: "no", reason: "cancelled" });
const undone = (path: string): readonly NewEvent[] => [
  newEvent("compensation_started", 0, { step: path, attempt: 1, key: "" }),
  newEvent("compensation_completed", 0, { step: path, attempt: 1 }),
];
const notUndone = (path: string, retryAt?: number): readonly NewEvent[] => [
  newEvent("compensation_started", 0, { step: path, attempt: 1, key: "" }),
  newEvent("compensation_failed", 0, {
    step: path,
    attempt: 1,
    error: "still no",
    ...(retryAt === undefined ? {} : { retry_at: retryAt }),
  }),
];

function look(saga: SagaState, inFlight: readonly string[] = [], nowMs = 1000): Next {
  return next(saga, { txn: "t", nowMs, inFlight: new Set(inFlight) });
}
const called = ({ calls }: Next): readonly string[] =>
  calls.map(({ path, direction }) => (direction === "back" ? `undo ${path}` : path));
const told = ({ events }: Next): readonly string[] =>
  events.map((event) => ("step" in event ? `${event.event} ${event.step}` : event.event));

describe("going forward", () => {
  it("begins the first step: its attempt and its key are recorded with it", () => {
    const now = look(sagaOf([step("a"), step("b")]));
    expect(now.calls).toMatchObject([{ path: "a", attempt: 1, key: "t/a", direction: "forward" }]);
    expect(now.events).toMatchObject([
      { event: "step_started", step: "a", attempt: 1, key: "t/a" },
    ]);
  });

  it("goes on with the next when one is done, and never calls that one again", () => {
    expect(called(look(sagaOf([step("a"), step("b")], done("a"))))).toEqual(["b"]);
  });

  it("waits while a call is under way", () => {
    const now = look(sagaOf([step("a")], [started("a")]), ["a"]);
    expect(now).toMatchObject({ events: [], calls: [], stopsCalls: false });
    expect(now).not.toHaveProperty("end");
  });

  it("calls again, with the same key, what was begun and whose end nobody knows", () => {
    const now = look(sagaOf([step("a")], [started("a")]));
    expect(now.calls).toMatchObject([{ path: "a", attempt: 2, key: "t/a" }]);
  });

  it("begins the steps of a parallel group together, and goes on when all are done", () => {
    const steps = [parallel("p", step("a"), step("b")), step("c")];
    expect(called(look(sagaOf(steps)))).toEqual(["p/a", "p/b"]);
    expect(called(look(sagaOf(steps, done("p/a")), ["p/b"]))).toEqual([]);
    expect(called(look(sagaOf(steps, done("p/a", "p/b"))))).toEqual(["c"]);
  });

  it("goes through a saga within a saga as through its own steps", () => {
    const steps = [
      nested("s", step("a"), parallel("p", nested("t", step("b"), step("c")))),
      step("d"),
    ];
    expect(called(look(sagaOf(steps)))).toEqual(["s/a"]);
    expect(called(look(sagaOf(steps, done("s/a"))))).toEqual(["s/p/t/b"]);
    expect(called(look(sagaOf(steps, done("s/a", "s/p/t/b", "s/p/t/c"))))).toEqual(["d"]);
  });

  it("tries again when the pause is over, not before", () => {
    const again = {
      step: "a",
      attempt: 1,
      error: "no",
      outcome: "failed",
      retry_at: 1500,
    } as const;
    const saga = sagaOf([step("a")], [started("a"), newEvent("step_failed", 0, again)]);
    expect(look(saga)).toMatchObject({
      calls: [],
      wakeAtMs: 1500,
      waiting: [{ type: "retry", step: "a", untilMs: 1500 }],
    });
    expect(look(saga, [], 1500).calls).toMatchObject([{ attempt: 2, key: "t/a" }]);
  });

  it("is committed when everything is done", () => {
    expect(look(sagaOf([step("a"), parallel("p", step("b"))], done("a", "p/b")))).toMatchObject({
      end: "committed",
      calls: [],
    });
  });

  it("does nothing about a saga that has ended", () => {
    const over = newEvent("stage_transition", 0, { from: "EXECUTE", to: "FAIL" });
    expect(look(sagaOf([step("a")], [over]))).toMatchObject({ events: [], calls: [], waiting: [] });
  });
});

describe("turning back", () => {
  it("records the failure before anything is undone, in the same append", () => {
    const now = look(sagaOf([step("a"), step("b")], [...done("a"), ...failed("b")]));
    expect(told(now)).toEqual(["saga_failed b", "compensation_started a"]);
    expect(now.calls).toMatchObject([
      { path: "a", direction: "back", key: "t/a/undo", attempt: 1 },
    ]);
  });

  it("undoes in reverse order, one after the other", () => {
    const steps = [step("a"), step("b"), step("c")];
    const events = [...done("a", "b"), ...failed("c"), turned];
    expect(called(look(sagaOf(steps, events)))).toEqual(["undo b"]);
    expect(called(look(sagaOf(steps, [...events, ...undone("b")])))).toEqual(["undo a"]);
    const last = look(sagaOf(steps, [...events, ...undone("b"), ...undone("a")]));
    expect(last).toMatchObject({ end: "rolled_back", calls: [] });
  });

  it("undoes a parallel group at once, before what came before it", () => {
    const steps = [step("a"), parallel("p", step("b"), nested("s", step("c"), step("d")))];
    const events = [...done("a", "p/b", "p/s/c", "p/s/d"), turned];
    expect(called(look(sagaOf(steps, events)))).toEqual(["undo p/b", "undo p/s/d"]);
    const later = [...events, ...undone("p/s/d"), ...undone("p/b")];
    expect(called(look(sagaOf(steps, later)))).toEqual(["undo p/s/c"]);
    expect(called(look(sagaOf(steps, [...later, ...undone("p/s/c")])))).toEqual(["undo a"]);
  });

  it("undoes what may have acted too, and not what failed and changed nothing", () => {
    const steps = [step("a"), step("b")];
    expect(called(look(sagaOf(steps, [...done("a"), ...failed("b"), turned])))).toEqual(["undo a"]);
    const unknown = [...done("a"), ...failed("b", "unknown"), turned];
    expect(called(look(sagaOf(steps, unknown)))).toEqual(["undo b"]);
    expect(called(look(sagaOf(steps, [...done("a"), started("b"), turned])))).toEqual(["undo b"]);
  });

  it("passes over what has no compensation", () => {
    const keep: ActionStep = { type: "step", name: "b", action: "do" };
    expect(called(look(sagaOf([step("a"), keep], [...done("a", "b"), turned])))).toEqual([
      "undo a",
    ]);
  });

  it("waits for calls under way, and tells them to stop", () => {
    const steps = [step("a"), parallel("p", step("b"), step("c"), step("d"))];
    const events = [...done("a", "p/d"), started("p/b"), ...failed("p/c")];
    const now = look(sagaOf(steps, events), ["p/b"]);
    expect(now).toMatchObject({ stopsCalls: true, calls: [] });
    expect(told(now)).toEqual(["saga_failed p/c"]);
  });

  it("does not wait for compensations of the same group", () => {
    const steps = [parallel("p", step("a"), step("b"))];
    const begun = newEvent("compensation_started", 0, { step: "p/a", attempt: 1, key: "" });
    const saga = sagaOf(steps, [...done("p/a", "p/b"), turned, begun]);
    expect(called(look(saga, ["p/a"]))).toEqual(["undo p/b"]);
  });

  it("calls a compensation again that was begun and whose end nobody knows, with the same key", () => {
    const begun = newEvent("compensation_started", 0, { step: "a", attempt: 1, key: "" });
    const now = look(sagaOf([step("a")], [...done("a"), turned, begun]));
    expect(now.calls).toMatchObject([{ attempt: 2, key: "t/a/undo", direction: "back" }]);
  });

  it("gives a compensation the step's data, unless it has its own", () => {
    const own = { action: "undo", data: { why: "x" } };
    const steps = [step("a", { data: { id: 1 } }), step("b", { data: 2, compensate: own })];
    const events = [...done("a", "b"), turned];
    expect(look(sagaOf(steps, events)).calls).toMatchObject([{ node: { data: { why: "x" } } }]);
    const later = sagaOf(steps, [...events, ...undone("b")]);
    expect(look(later).calls).toMatchObject([{ node: { action: "undo", data: { id: 1 } } }]);
  });

  it("tries a compensation again after a pause", () => {
    const saga = sagaOf([step("a")], [...done("a"), turned, ...notUndone("a", 1500)]);
    expect(look(saga)).toMatchObject({ calls: [], wakeAtMs: 1500, waiting: [{ type: "retry" }] });
    expect(look(saga, [], 1500).calls).toMatchObject([{ attempt: 2 }]);
  });
});

describe("a compensation that failed for good", () => {
  const steps = [step("a"), step("b")];
  const events = [...done("a", "b"), turned, ...notUndone("b")];

  it("needs a person, and the others go on", () => {
    const now = look(sagaOf(steps, events));
    expect(told(now)).toEqual(["attention b", "compensation_started a"]);
  });

  it("keeps the saga from ending until somebody has looked after it", () => {
    const needed = newEvent("attention", 0, { step: "b", reason: "x" });
    const open = [...events, needed, ...undone("a")];
    const now = look(sagaOf(steps, open));
    expect(now).toMatchObject({
      calls: [],
      events: [],
      waiting: [{ type: "attention", step: "b" }],
    });
    expect(now).not.toHaveProperty("end");
    const word = { steps: ["b"], by: "ann", why: "" };
    const settled = newEvent("attention_resolved", 0, { ...word, how: "settled" });
    expect(look(sagaOf(steps, [...open, settled]))).toMatchObject({ end: "rolled_back" });
    const again = newEvent("attention_resolved", 0, { ...word, how: "retry" });
    expect(called(look(sagaOf(steps, [...open, again])))).toEqual(["undo b"]);
  });
});

describe("a pivot", () => {
  const steps = [step("a"), step("b", { pivot: true }), step("c")];

  it("that fails and changed nothing lets the saga turn back", () => {
    expect(told(look(sagaOf(steps, [...done("a"), ...failed("b")])))).toEqual([
      "saga_failed b",
      "compensation_started a",
    ]);
  });

  it("that is done leaves only the way forward: a person has to help", () => {
    const now = look(sagaOf(steps, [...done("a", "b"), ...failed("c")]));
    expect(told(now)).toEqual(["attention c"]);
    expect(now.waiting).toEqual([{ type: "attention", step: "c" }]);
  });

  it("that may have acted does so too", () => {
    expect(told(look(sagaOf(steps, [...done("a"), ...failed("b", "unknown")])))).toEqual([
      "attention b",
    ]);
  });

  it("that is under way is not interrupted by the saga's time being over", () => {
    const saga = sagaOf(steps, [...done("a"), started("b")], { timeoutMs: 500 });
    expect(look(saga, ["b"])).toMatchObject({ events: [], stopsCalls: false });
    expect(look(saga, ["b"])).not.toHaveProperty("wakeAtMs");
  });

  it("that was looked after goes on", () => {
    const needed = newEvent("attention", 0, { step: "c", reason: "x" });
    const word = { steps: ["c"], by: "ann", why: "done by hand", how: "settled" } as const;
    const events = [...done("a", "b"), ...failed("c"), needed];
    const settled = sagaOf(steps, [...events, newEvent("attention_resolved", 0, word)]);
    expect(look(settled)).toMatchObject({ end: "committed" });
  });
});

describe("waiting", () => {
  it("for an approval asks once, then waits, then goes on with who and why as its result", () => {
    const steps: readonly SagaNode[] = [
      { type: "approval", name: "ask", message: "Go?" },
      step("a"),
    ];
    const asked = look(sagaOf(steps));
    expect(asked.events).toMatchObject([
      { event: "approval_requested", step: "ask", message: "Go?" },
    ]);
    expect(asked.waiting).toEqual([{ type: "approval", step: "ask" }]);
    const request = newEvent("approval_requested", 0, { name: "ask", step: "ask" });
    const word = newEvent("approval_approved", 0, { name: "ask", by: "ann", why: "fine" });
    expect(look(sagaOf(steps, [request])).events).toEqual([]);
    const now = look(sagaOf(steps, [request, word]));
    expect(now.events[0]).toMatchObject({
      event: "step_completed",
      result: { by: "ann", why: "fine" },
    });
    expect(called(now)).toEqual(["a"]);
  });

  it("for a signal goes on when it comes, or came before", () => {
    const steps: readonly SagaNode[] = [{ type: "signal", name: "paid" }, step("a")];
    expect(look(sagaOf(steps)).waiting).toEqual([{ type: "signal", step: "paid" }]);
    const came = newEvent("signal_received", 0, { name: "paid", value: 7, by: "bank" });
    const now = look(sagaOf(steps, [came]));
    expect(now.events[0]).toMatchObject({ event: "step_completed", step: "paid", result: 7 });
    expect(called(now)).toEqual(["a"]);
  });

  it("for a moment records the moment once, so that a restart changes nothing", () => {
    const steps: readonly SagaNode[] = [{ type: "sleep", name: "nap", forMs: 500 }, step("a")];
    const now = look(sagaOf(steps));
    expect(now.events).toMatchObject([{ event: "timer_set", name: "nap", at: 1500 }]);
    const set = newEvent("timer_set", 1000, { name: "nap", at: 1500 });
    expect(look(sagaOf(steps, [set]), [], 1400)).toMatchObject({
      events: [],
      wakeAtMs: 1500,
      waiting: [{ type: "sleep", step: "nap", untilMs: 1500 }],
    });
    expect(called(look(sagaOf(steps, [set]), [], 1500))).toEqual(["a"]);
  });

  it("until a moment that a result tells, as a number or as text", () => {
    const until = { $result: ["a", "at"] };
    const steps: readonly SagaNode[] = [step("a"), { type: "sleep", name: "nap", until }];
    const toldBy = (at: unknown): Next => {
      const completed = newEvent("step_completed", 0, { step: "a", attempt: 1, result: { at } });
      return look(sagaOf(steps, [started("a"), completed]));
    };
    expect(toldBy(5000).events).toMatchObject([{ event: "timer_set", at: 5000 }]);
    expect(toldBy("1970-01-01T00:00:05Z").events).toMatchObject([{ event: "timer_set", at: 5000 }]);
    expect(told(toldBy("soon"))).toEqual([
      "step_failed nap",
      "saga_failed nap",
      "compensation_started a",
    ]);
    expect(told(toldBy(undefined))).toContain("step_failed nap");
  });

  it("wakes for the first of all limits", () => {
    const late: SagaNode = { type: "approval", name: "ask", timeoutMs: 9000 };
    const nap: SagaNode = { type: "sleep", name: "nap", forMs: 3000 };
    const asked = newEvent("approval_requested", 0, { name: "p/ask", step: "p/ask" });
    const set = newEvent("timer_set", 0, { name: "p/nap", at: 3000 });
    const steps = [parallel("p", late, nap)];
    expect(look(sagaOf(steps, [asked, set], { timeoutMs: 5000 })).wakeAtMs).toBe(3000);
    expect(look(sagaOf(steps, [asked, set], { timeoutMs: 2000 })).wakeAtMs).toBe(2000);
    expect(look(sagaOf(steps, [asked], { timeoutMs: 20_000 }), [], 1000).wakeAtMs).toBe(4000);
  });
});

describe("the time of a saga within a saga", () => {
  const sleepy: SagaNode = {
    type: "saga",
    name: "s",
    timeoutMs: 500,
    steps: [{ type: "signal", name: "paid" }, step("a")],
  };

  it("is counted from when it is reached, whatever it begins with", () => {
    const now = look(sagaOf([sleepy]));
    expect(now.events).toMatchObject([{ event: "timer_set", name: "s", at: 1500 }]);
    expect(now.wakeAtMs).toBe(1500);
  });

  it("turns the whole saga back when it is over", () => {
    const set = newEvent("timer_set", 0, { name: "s", at: 1500 });
    const saga = sagaOf([step("z"), sleepy], [...done("z"), set]);
    expect(told(look(saga, [], 1499))).toEqual([]);
    expect(told(look(saga, [], 1500))).toEqual(["saga_failed s", "compensation_started z"]);
  });
});

describe("a dry run", () => {
  it("waits for nobody and for no moment", () => {
    const steps: readonly SagaNode[] = [
      step("a"),
      { type: "approval", name: "ask" },
      { type: "signal", name: "paid" },
      { type: "sleep", name: "nap", until: { $result: ["a", "at"] } },
      step("b"),
    ];
    const now = look(sagaOf(steps, done("a"), { dryRun: true }));
    expect(told(now)).toEqual([
      "step_completed ask",
      "step_completed paid",
      "step_completed nap",
      "step_started b",
    ]);
  });
});

describe("what a saga waits for that nobody is driving", () => {
  it("is told without the calls that may be under way", () => {
    expect(waitsOf(sagaOf([step("a")], [started("a")]), { txn: "t", nowMs: 0 })).toEqual([]);
  });

  it("includes retries of compensations, also when an approval was refused", () => {
    const steps: readonly SagaNode[] = [step("a"), { type: "approval", name: "ask" }];
    const asked = newEvent("approval_requested", 0, { name: "ask", step: "ask" });
    const saga = sagaOf(steps, [...done("a"), asked, turned, ...notUndone("a", 50)]);
    expect(waitsOf(saga, { txn: "t", nowMs: 0 })).toEqual([
      { type: "retry", step: "a", untilMs: 50 },
    ]);
  });
});
