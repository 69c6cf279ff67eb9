import { describe, expect, it } from "vitest";
import { newEvent, type NewEvent } from "../transaction/event.ts";
import type { ActionStep, RetryPolicy, SagaDefinition } from "./definition.ts";
import { evolveSaga } from "./evolve-saga.ts";
import type { Call } from "./next.ts";
import type { SagaState } from "./saga-state.ts";
import { settle, type Settlement } from "./settle.ts";

const AT_MS = 1000;
const when = { nowMs: AT_MS, random: () => 0.5 };

const step = (name: string, more: Partial<ActionStep> = {}): ActionStep => ({
  type: "step",
  name,
  action: "do",
  ...more,
});

function sagaOf(steps: readonly ActionStep[], ...events: readonly NewEvent[]): SagaState {
  const definition: SagaDefinition = { name: "tidy", steps };
  const defined = newEvent("saga_defined", 0, { name: "tidy", digest: "", definition });
  const saga = [defined, ...events].reduce(evolveSaga, undefined);
  if (saga === undefined) throw new Error("no saga");
  return saga;
}

const started = (path: string, attempt = 1): NewEvent =>
  newEvent("step_started", 0, { step: path, attempt, key: "" });
const failedAgain = (path: string, attempt: number): NewEvent =>
  newEvent("step_failed", 0, { step: path, attempt, error: "no", outcome: "failed", retry_at: 1 });

function call(node: ActionStep, attempt = 1, direction: Call["direction"] = "forward"): Call {
  return { path: node.name, direction, attempt, key: "k", node };
}

const failure = (of: Call, isUncertain = false): Settlement => ({
  type: "failed",
  call: of,
  error: "no",
  isUncertain,
});

describe("a call that completed", () => {
  const a = step("a");

  it("is recorded with its result, or the artifact that holds it", () => {
    const saga = sagaOf([a], started("a"));
    const done: Settlement = { type: "completed", call: call(a), result: { id: 1 } };
    const stored: Settlement = { type: "stored", call: call(a), resultFile: "results/a.json" };
    expect(settle(saga, done, when)).toMatchObject({ event: "step_completed", result: { id: 1 } });
    expect(settle(saga, stored, when)).toMatchObject({ result_file: "results/a.json" });
  });

  it("without a result has none in the log", () => {
    const event = settle(sagaOf([a]), { type: "completed", call: call(a) }, when);
    expect(event).not.toHaveProperty("result");
  });

  it("that undid a step is recorded as that", () => {
    const back = call(a, 2, "back");
    expect(settle(sagaOf([a]), { type: "completed", call: back }, when)).toMatchObject({
      event: "compensation_completed",
      step: "a",
      attempt: 2,
    });
  });
});

describe("a pivot that may have acted", () => {
  const pivot = step("pay", { pivot: true });

  it("is tried again, though nothing says so: it cannot be undone", () => {
    const saga = sagaOf([pivot], started("pay"));
    expect(settle(saga, failure(call(pivot), true), when)).toHaveProperty("retry_at");
  });

  it("is not when it failed for sure", () => {
    const saga = sagaOf([pivot], started("pay"));
    expect(settle(saga, failure(call(pivot)), when)).not.toHaveProperty("retry_at");
  });
});

describe("a call that failed", () => {
  const retry: RetryPolicy = { maxAttempts: 3, firstMs: 100 };

  it("is made once where nothing is said", () => {
    const a = step("a");
    expect(settle(sagaOf([a], started("a")), failure(call(a)), when)).not.toHaveProperty(
      "retry_at",
    );
  });

  it("is made again after a pause, as often as it may", () => {
    const a = step("a", { retry });
    const first = sagaOf([a], started("a"));
    const second = sagaOf([a], started("a"), failedAgain("a", 1), started("a", 2));
    const third = sagaOf([a], ...[1, 2].flatMap((n) => [started("a", n), failedAgain("a", n)]));
    expect(settle(first, failure(call(a)), when)).toMatchObject({ retry_at: AT_MS + 50 });
    expect(settle(second, failure(call(a, 2)), when)).toMatchObject({ retry_at: AT_MS + 100 });
    expect(settle(third, failure(call(a, 3)), when)).not.toHaveProperty("retry_at");
  });

  it("counts failures, not the attempts that a dying process left behind", () => {
    const a = step("a", { retry });
    const saga = sagaOf([a], started("a", 1), started("a", 2), started("a", 3), started("a", 4));
    expect(settle(saga, failure(call(a, 4)), when)).toMatchObject({ retry_at: AT_MS + 50 });
  });

  it("tells whether it may have taken effect", () => {
    const a = step("a");
    const saga = sagaOf([a], started("a"));
    expect(settle(saga, failure(call(a)), when)).toMatchObject({ outcome: "failed" });
    expect(settle(saga, failure(call(a), true), when)).toMatchObject({ outcome: "unknown" });
  });

  it("is not made again once the saga has turned back", () => {
    const a = step("a", { retry });
    const turned = newEvent("saga_failed", 0, { error: "no", reason: "cancelled" });
    const saga = sagaOf([a], started("a"), turned);
    expect(settle(saga, failure(call(a)), when)).not.toHaveProperty("retry_at");
  });

  it("is made five times behind a pivot, because there is no way back", () => {
    const [pivot, b] = [step("pivot", { pivot: true }), step("b")];
    const done = newEvent("step_completed", 0, { step: "pivot", attempt: 1 });
    const saga = sagaOf([pivot, b], started("pivot"), done, started("b"));
    expect(settle(saga, failure(call(b)), when)).toHaveProperty("retry_at");
  });

  it("is made once when it is the pivot itself: until then there is a way back", () => {
    const pivot = step("pivot", { pivot: true });
    const saga = sagaOf([pivot], started("pivot"));
    expect(settle(saga, failure(call(pivot)), when)).not.toHaveProperty("retry_at");
  });

  it("is made five times when it is a pivot that may have acted, now or in an earlier attempt", () => {
    const pivot = step("pivot", { pivot: true });
    const first = sagaOf([pivot], started("pivot"));
    const later = sagaOf([pivot], started("pivot"), started("pivot", 2));
    expect(settle(first, failure(call(pivot), true), when)).toHaveProperty("retry_at");
    expect(settle(later, failure(call(pivot, 2)), when)).toHaveProperty("retry_at");
  });

  it("is made five times when it undoes a step, on its own count", () => {
    const a = step("a");
    const undone = newEvent("compensation_started", 0, { step: "a", attempt: 1, key: "" });
    const again = { step: "a", attempt: 1, error: "no" };
    const failed = (n: number): NewEvent[] =>
      Array.from({ length: n }, () =>
        newEvent("compensation_failed", 0, { ...again, retry_at: 1 }),
      );
    const fourth = sagaOf([a], started("a"), undone, ...failed(3));
    const fifth = sagaOf([a], started("a"), undone, ...failed(4));
    expect(settle(fourth, failure(call(a, 4, "back")), when)).toHaveProperty("retry_at");
    expect(settle(fifth, failure(call(a, 5, "back")), when)).not.toHaveProperty("retry_at");
  });
});
