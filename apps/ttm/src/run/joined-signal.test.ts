import { once } from "node:events";
import { expect, it } from "vitest";
import { joinedSignal } from "./joined-signal.ts";

it("aborts with any of the others", () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const { signal } = joinedSignal([one.signal, other.signal]);
  const before = signal.aborted;
  other.abort();

  expect([before, signal.aborted]).toEqual([false, true]);
});

it("is aborted from the start when one is", () => {
  expect(joinedSignal([AbortSignal.abort()]).signal.aborted).toBe(true);
});

it("aborts when its time is over", async () => {
  const { signal } = joinedSignal([], { timeoutMs: 1 });

  await once(signal, "abort");
  expect(signal.aborted).toBe(true);
});

it("aborts no more once it was let go of", () => {
  const one = new AbortController();
  const { signal, dispose } = joinedSignal([one.signal]);
  dispose();
  one.abort();

  expect(signal.aborted).toBe(false);
});
