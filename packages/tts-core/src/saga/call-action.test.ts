import { TetraError } from "@tetra/errors";
import { describe, expect, it } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import type { Action } from "./action.ts";
import { callAction, type CallEnd, errorText } from "./call-action.ts";
import { stopSwitch, type StopSwitch } from "./stop-switch.ts";

const GRACE_MS = 500;
const TOLD = new Error("cancelled");

interface Trial {
  readonly clock: ReturnType<typeof fakeClock>;
  readonly interruption: StopSwitch;
  readonly end: Promise<CallEnd>;
}

function call(action: Action, timeoutMs?: number, interruption: StopSwitch = stopSwitch()): Trial {
  const clock = fakeClock(0);
  const given = {
    data: {},
    results: {},
    idempotencyKey: "k",
    attempt: 1,
    signal: interruption.signal,
    log: () => {},
    txn: "t",
    step: "a",
  };
  const order = { action, call: given, interruption, timeoutMs };
  return {
    clock,
    interruption,
    end: callAction(order, { clock, timer: clock, graceMs: GRACE_MS }),
  };
}

const deaf: Action = () => new Promise(() => {});
const obedient: Action = ({ signal }) =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("I stopped")));
  });
const late: Action = ({ signal }) =>
  new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve("done after all"));
  });

/** Lets everything happen that can without time passing. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

async function isOver(end: Promise<CallEnd>): Promise<boolean> {
  let isEnded = false;
  void end.finally(() => {
    isEnded = true;
  });
  await quiet();
  return isEnded;
}

describe("a call", () => {
  it("that says it cannot tell is taken for one that may have acted", async () => {
    const lost = new TetraError("OUTCOME_UNKNOWN", "connection lost");
    const { end } = call(() => Promise.reject(lost));
    expect(await end).toEqual({ type: "interrupted", error: lost });
  });

  it("completes with what the action gives, promised or not", async () => {
    expect(await call(() => 1).end).toEqual({ type: "completed", result: 1 });
    expect(await call(async () => 2).end).toEqual({ type: "completed", result: 2 });
  });

  it("fails with what the action throws, at once or later", async () => {
    const error = new Error("no");
    const atOnce: Action = () => {
      throw error;
    };
    expect(await call(atOnce).end).toEqual({ type: "failed", error });
    expect(await call(() => Promise.reject(error)).end).toEqual({ type: "failed", error });
  });

  it("leaves no timer behind", async () => {
    const { clock, end } = call(() => 1, 1000);
    await end;
    await quiet();
    expect(clock.advanceToNext()).toBe(false);
  });

  it("that was interrupted before it began is not made", async () => {
    const interruption = stopSwitch();
    interruption.stop(TOLD);
    const calls: unknown[] = [];
    const { end } = call((given) => calls.push(given), undefined, interruption);
    expect(await end).toEqual({ type: "failed", error: TOLD });
    expect(calls).toEqual([]);
  });
});

describe("a call whose time is over", () => {
  it("is told so by its signal, and counts as interrupted when it throws then", async () => {
    const { clock, end } = call(obedient, 1500);
    clock.advance(1499);
    expect(await isOver(end)).toBe(false);
    clock.advance(1);
    expect(await end).toMatchObject({
      type: "interrupted",
      error: { message: "timed out after 1500 ms" },
    });
  });

  it("is waited for a while, and given up although the action hears nothing", async () => {
    const { clock, end } = call(deaf, 1000);
    clock.advance(1000);
    await quiet();
    clock.advance(GRACE_MS - 1);
    expect(await isOver(end)).toBe(false);
    clock.advance(1);
    expect(await end).toMatchObject({
      type: "interrupted",
      error: { message: "timed out after 1 s" },
    });
    expect(clock.advanceToNext()).toBe(false);
  });

  it("has completed when it completes all the same", async () => {
    const { clock, end } = call(late, 1000);
    clock.advance(1000);
    expect(await end).toEqual({ type: "completed", result: "done after all" });
  });
});

describe("a call that is interrupted from outside", () => {
  it("ends the same way, for that reason", async () => {
    const { end, interruption } = call(obedient);
    interruption.stop(TOLD);
    expect(await end).toEqual({ type: "interrupted", error: TOLD });
  });

  it("keeps that reason when its time is over meanwhile", async () => {
    const { clock, end, interruption } = call(deaf, 100);
    interruption.stop(TOLD);
    await quiet();
    clock.advance(GRACE_MS);
    expect(await end).toEqual({ type: "interrupted", error: TOLD });
  });
});

it("an error is told in its first line", () => {
  expect(errorText(new Error("it broke\n  at somewhere"))).toBe("it broke");
  expect(errorText("just text")).toBe("just text");
  expect(errorText(new Error(""))).toBe("failed without a word");
  expect(errorText(new Error("x".repeat(9999)))).toHaveLength(2000);
});
