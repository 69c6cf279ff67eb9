import { describe, expect, it } from "vitest";
import { newEvent, type NewEvent } from "../transaction/event.ts";
import type { SagaDefinition, SagaNode } from "./definition.ts";
import { evolveSaga } from "./evolve-saga.ts";
import type { SagaState } from "./saga-state.ts";
import { canTurnBack, isPastPivot, reasonToTurnBack, timedOut } from "./turning-back.ts";

const step = (name: string, isPivot = false): SagaNode => ({
  type: "step",
  name,
  action: "do",
  ...(isPivot ? { pivot: true } : {}),
});

function sagaOf(
  definition: Omit<SagaDefinition, "name">,
  ...events: readonly NewEvent[]
): SagaState {
  const whole = { name: "tidy", ...definition };
  const defined = newEvent("saga_defined", 0, { name: "tidy", digest: "", definition: whole });
  const saga = [defined, ...events].reduce(evolveSaga, undefined);
  if (saga === undefined) throw new Error("no saga");
  return saga;
}

const started = (path: string, atMs = 0): NewEvent =>
  newEvent("step_started", atMs, { step: path, attempt: 1, key: "" });
const completed = (path: string): NewEvent =>
  newEvent("step_completed", 0, { step: path, attempt: 1 });
const failed = (
  path: string,
  outcome: "failed" | "unknown" = "failed",
  retryAt?: number,
): NewEvent =>
  newEvent("step_failed", 0, {
    step: path,
    attempt: 1,
    error: "disk full",
    outcome,
    ...(retryAt === undefined ? {} : { retry_at: retryAt }),
  });
const cancelled = newEvent("cancel_requested", 0, { by: "ops", why: "wrong host" });

describe("there is a way back", () => {
  const steps = [step("a"), step("b", true), step("c")];

  it("until the pivot begins, and again when it failed and changed nothing", () => {
    expect(canTurnBack(sagaOf({ steps }, completed("a")))).toBe(true);
    expect(canTurnBack(sagaOf({ steps }, started("b"), failed("b")))).toBe(true);
    expect(canTurnBack(sagaOf({ steps }, started("b"), failed("b", "failed", 99)))).toBe(true);
  });

  it("no more once the pivot is done, or may be", () => {
    expect(canTurnBack(sagaOf({ steps }, started("b")))).toBe(false);
    expect(canTurnBack(sagaOf({ steps }, started("b"), failed("b", "unknown")))).toBe(false);
    expect(canTurnBack(sagaOf({ steps }, started("b"), completed("b")))).toBe(false);
  });

  it("also when an interrupted attempt of the pivot was followed by one that failed: no", () => {
    expect(canTurnBack(sagaOf({ steps }, started("b"), started("b"), failed("b")))).toBe(false);
  });

  it("and the pivot is passed only when it is done", () => {
    expect(isPastPivot(sagaOf({ steps }, started("b")))).toBe(false);
    expect(isPastPivot(sagaOf({ steps }, started("b"), completed("b")))).toBe(true);
  });
});

describe("a saga turns back", () => {
  const steps = [step("a"), step("b", true)];

  it("not without a reason", () => {
    expect(reasonToTurnBack(sagaOf({ steps }, started("a")), 1e15)).toBeUndefined();
  });

  it("because a step failed for good, not while it is tried again", () => {
    const saga = sagaOf({ steps }, started("a"), failed("a"));
    expect(reasonToTurnBack(saga, 0)).toEqual({ reason: "step", step: "a", error: "disk full" });
    const again = sagaOf({ steps }, started("a"), failed("a", "failed", 99));
    expect(reasonToTurnBack(again, 0)).toBeUndefined();
  });

  it("because somebody cancelled it, also while a step waits to be tried again", () => {
    const saga = sagaOf({ steps }, started("a"), failed("a", "failed", 99), cancelled);
    const error = "cancelled by ops: wrong host";
    expect(reasonToTurnBack(saga, 0)).toEqual({ reason: "cancelled", error });
  });

  it("not by a word while the pivot is under way; then when the pivot fails", () => {
    expect(reasonToTurnBack(sagaOf({ steps }, started("b"), cancelled), 0)).toBeUndefined();
    const saga = sagaOf({ steps }, started("b"), cancelled, failed("b", "failed", 99));
    expect(reasonToTurnBack(saga, 0)).toMatchObject({ reason: "cancelled" });
  });

  it("once", () => {
    const turned = newEvent("saga_failed", 0, { error: "no", reason: "cancelled" });
    expect(reasonToTurnBack(sagaOf({ steps }, cancelled, turned), 0)).toBeUndefined();
  });

  it("because its time is over, by the clock of its first line", () => {
    const saga = sagaOf({ steps, timeoutMs: 60_000 }, started("a"));
    expect(reasonToTurnBack(saga, 59_999)).toBeUndefined();
    expect(reasonToTurnBack(saga, 60_000)).toEqual({
      reason: "timeout",
      error: "timed out after 60 s",
    });
  });

  it("because the time of a saga in it is over, not when that one is done", () => {
    const inner: SagaNode = { type: "saga", name: "s", steps: [step("a")], timeoutMs: 500 };
    const limit = newEvent("timer_set", 0, { name: "s", at: 500 });
    const error = "timed out after 500 ms";
    const late = sagaOf({ steps: [inner] }, limit, started("s/a"));
    expect(reasonToTurnBack(late, 499)).toBeUndefined();
    expect(reasonToTurnBack(late, 500)).toEqual({ reason: "timeout", step: "s", error });
    const done = sagaOf({ steps: [inner] }, limit, started("s/a"), completed("s/a"));
    expect(reasonToTurnBack(done, 500)).toBeUndefined();
  });
});

describe("an approval that is waited for", () => {
  const steps: readonly SagaNode[] = [{ type: "approval", name: "ask", timeoutMs: 1000 }];
  const asked = newEvent("approval_requested", 100, { name: "ask", step: "ask" });
  const word = { name: "ask", by: "ann", why: "too risky" };

  it("turns the saga back when it is refused", () => {
    const saga = sagaOf({ steps }, asked, newEvent("approval_rejected", 200, word));
    const error = "rejected by ann: too risky";
    expect(reasonToTurnBack(saga, 200)).toEqual({ reason: "rejected", step: "ask", error });
  });

  it("turns it back when nobody answers in time", () => {
    expect(reasonToTurnBack(sagaOf({ steps }, asked), 1099)).toBeUndefined();
    expect(reasonToTurnBack(sagaOf({ steps }, asked), 1100)).toMatchObject({ reason: "timeout" });
  });

  it("counts although its runner looked only when the time was over", () => {
    const saga = sagaOf({ steps }, asked, newEvent("approval_approved", 1000, word));
    expect(reasonToTurnBack(saga, 5000)).toBeUndefined();
  });
});

describe("a signal that is waited for", () => {
  const steps: readonly SagaNode[] = [{ type: "signal", name: "paid", timeoutMs: 1000 }];
  const limit = newEvent("timer_set", 0, { name: "paid", at: 1000 });

  it("turns the saga back when it does not come in time", () => {
    expect(reasonToTurnBack(sagaOf({ steps }, limit), 1000)).toMatchObject({ reason: "timeout" });
  });

  it("counts although its runner looked only when the time was over", () => {
    const came = newEvent("signal_received", 900, { name: "paid", by: "bank" });
    expect(reasonToTurnBack(sagaOf({ steps }, limit, came), 5000)).toBeUndefined();
  });
});

it("a time is told in seconds when they are whole", () => {
  expect([timedOut(1000), timedOut(1500)]).toEqual([
    "timed out after 1 s",
    "timed out after 1500 ms",
  ]);
});
