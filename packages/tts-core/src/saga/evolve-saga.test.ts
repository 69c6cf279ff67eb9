import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EventRecord, newEvent, type NewEvent, seal } from "../transaction/event.ts";
import { formatEventLine, parseEventLine } from "../transaction/event-line.ts";
import { readLog } from "../transaction/log.ts";
import type { SagaDefinition } from "./definition.ts";
import { evolveSaga, foldSaga } from "./evolve-saga.ts";
import { next } from "./next.ts";
import type { SagaState } from "./saga-state.ts";
import { viewOf } from "./saga-view.ts";
import { blankTransaction } from "../transaction/transaction.ts";

const definition: SagaDefinition = {
  name: "tidy",
  steps: [
    { type: "step", name: "a", action: "do", compensate: { action: "undo" } },
    { type: "approval", name: "ask", timeoutMs: 100 },
    { type: "saga", name: "s", steps: [{ type: "signal", name: "paid" }], timeoutMs: 1000 },
    { type: "parallel", name: "p", steps: [{ type: "sleep", name: "nap", forMs: 5 }] },
    { type: "step", name: "pivot", action: "do", pivot: true },
  ],
};
const defined = newEvent("saga_defined", 5, { name: "tidy", digest: "d", definition });

function foldAll(...events: readonly EventRecord[]): SagaState {
  const saga = [defined, ...events].reduce(evolveSaga, undefined);
  if (saga === undefined) throw new Error("no saga");
  return saga;
}

const started = (attempt: number, atMs = 10): NewEvent =>
  newEvent("step_started", atMs, { step: "a", attempt, key: "k" });

describe("a log", () => {
  it("without a definition tells of no saga", () => {
    expect(evolveSaga(undefined, started(1))).toBeUndefined();
  });

  it("with a definition that cannot be understood tells of none", () => {
    const strange = {
      event: "saga_defined",
      definition: { name: "x", steps: [{ type: "dance" }] },
    };
    expect(evolveSaga(undefined, strange)).toBeUndefined();
  });

  it("has one definition: the first", () => {
    const other = { ...definition, name: "other" };
    const again = newEvent("saga_defined", 9, { name: "other", digest: "e", definition: other });
    expect(foldAll(again)).toMatchObject({
      definition: { name: "tidy" },
      digest: "d",
      startedMs: 5,
    });
  });
});

describe("a step", () => {
  it("runs from its first attempt on, and keeps when that was", () => {
    const again = newEvent("step_failed", 20, {
      step: "a",
      attempt: 1,
      error: "no",
      outcome: "failed",
      retry_at: 50,
    });
    expect(foldAll(started(1), again).steps.get("a")).toEqual({
      status: "retrying",
      attempts: 1,
      failures: 1,
      startedMs: 10,
      endedMs: 20,
      retryAtMs: 50,
      error: "no",
    });
    const second = foldAll(started(1), again, started(2, 50)).steps.get("a");
    expect(second).toMatchObject({ status: "running", attempts: 2, startedMs: 10 });
    expect(second).not.toHaveProperty("retryAtMs");
  });

  it("that is done has its result, or the artifact with it, and no error any more", () => {
    const done = newEvent("step_completed", 30, { step: "a", attempt: 1, result: { id: 1 } });
    expect(foldAll(started(1), done).steps.get("a")).toEqual({
      status: "completed",
      attempts: 1,
      failures: 0,
      startedMs: 10,
      endedMs: 30,
      result: { id: 1 },
    });
    const stored = newEvent("step_completed", 30, { step: "a", attempt: 1, result_file: "f.json" });
    expect(foldAll(started(1), stored).steps.get("a")).toMatchObject({ resultFile: "f.json" });
  });

  it("may have acted when an attempt was interrupted, recorded or not", () => {
    const unknown = { step: "a", attempt: 1, error: "timed out", outcome: "unknown" } as const;
    expect(foldAll(started(1), newEvent("step_failed", 20, unknown)).steps.get("a")).toMatchObject({
      status: "failed",
      uncertain: true,
    });
    expect(foldAll(started(1), started(2)).steps.get("a")).toMatchObject({ uncertain: true });
    expect(foldAll(started(1)).steps.get("a")).not.toHaveProperty("uncertain");
  });

  it("keeps what was done and what undoes it apart", () => {
    const done = newEvent("step_completed", 30, { step: "a", attempt: 1, result: 7 });
    const undo = newEvent("compensation_started", 40, { step: "a", attempt: 1, key: "k" });
    const failed = newEvent("compensation_failed", 50, { step: "a", attempt: 1, error: "no" });
    expect(foldAll(started(1), done, undo, failed).steps.get("a")).toMatchObject({
      status: "completed",
      result: 7,
      undo: { status: "failed", failures: 1, error: "no", startedMs: 40 },
    });
  });
});

describe("what a person looked after", () => {
  const failed = newEvent("compensation_failed", 50, { step: "a", attempt: 1, error: "no" });
  const needed = newEvent("attention", 50, { step: "a", reason: "could not be undone" });
  const resolved = (how: "retry" | "settled"): NewEvent =>
    newEvent("attention_resolved", 60, { steps: ["a"], how, by: "ann", why: "" });

  it("is tried again with all its retries", () => {
    const saga = foldAll(started(1), failed, needed, resolved("retry"));
    expect(saga.attention.size).toBe(0);
    expect(saga.steps.get("a")?.undo).toMatchObject({
      status: "retrying",
      failures: 0,
      retryAtMs: 60,
    });
  });

  it("or counts as settled", () => {
    const saga = foldAll(started(1), failed, needed, resolved("settled"));
    expect(saga.steps.get("a")?.undo).toMatchObject({ status: "settled" });
  });

  it("is what needed a person, nothing else", () => {
    const before = foldAll(started(1), failed);
    expect(evolveSaga(before, resolved("settled"))).toEqual(before);
  });
});

it("an undo begins with the steps that the other transaction had done", () => {
  const completed = [{ step: "a", result: 7 }, { step: "s/paid" }];
  const undo = newEvent("saga_defined", 5, {
    name: "tidy",
    digest: "d",
    definition,
    undo: { txn: "t1", completed },
  });
  const saga = evolveSaga(undefined, undo);
  expect(saga).toMatchObject({ undoes: "t1" });
  expect([...(saga?.steps ?? [])].map(([path]) => path)).toEqual(["a", "s/paid"]);
  expect(saga?.steps.get("a")).toMatchObject({ status: "completed", result: 7 });
});

describe("whatever a log holds", () => {
  const name = fc.constantFrom(
    "saga_defined",
    "step_started",
    "step_completed",
    "step_failed",
    "step_progress",
    "saga_failed",
    "compensation_started",
    "compensation_completed",
    "compensation_failed",
    "attention",
    "attention_resolved",
    "approval_requested",
    "approval_approved",
    "approval_rejected",
    "signal_received",
    "timer_set",
    "cancel_requested",
    "undone_by",
    "stage_transition",
    "dance",
  );
  const garbage = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom("a", "ask", "s", "s/paid", "p/nap", "__proto__"),
  );
  const key = fc.constantFrom("step", "name", "attempt", "retry_at", "at", "how", "steps", "to");
  const event = fc
    .record({ name, fields: fc.dictionary(key, garbage), atMs: fc.integer({ min: 0, max: 2000 }) })
    .map(({ name: of, fields, atMs }): EventRecord =>
      Object.assign(fields, { event: of, ts_ms: atMs }),
    );

  it("can be folded, looked at, and gone on from", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const lines = [JSON.stringify(defined), ...events.map((line) => JSON.stringify(line))];
        const saga = foldSaga(readLog(new TextEncoder().encode(`${lines.join("\n")}\n`)).lines);
        expect(saga).toBeDefined();
        if (saga === undefined) return;
        expect(viewOf({ transaction: blankTransaction("t"), saga }, 3000).name).toBe("tidy");
        expect(next(saga, { txn: "t", nowMs: 3000, inFlight: new Set() }).saga).toBeDefined();
      }),
      { numRuns: 150 },
    );
  });

  it("makes the same saga whether its events were folded as written or as read again", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const read = events.map((line) => parseEventLine(JSON.stringify(line)) ?? line);
        expect(foldAll(...read)).toEqual(foldAll(...events));
      }),
    );
    const [sealed] = seal(0, [defined]);
    const text = sealed === undefined ? "" : formatEventLine(sealed);
    expect(evolveSaga(undefined, parseEventLine(text) ?? { event: "" })).toEqual(foldAll());
  });
});
