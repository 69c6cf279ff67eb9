import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ONCE, pauseAfter, PERSISTENT } from "./retry.ts";

const most = (): number => 1 - 2 ** -53;

describe("the pause before the next attempt", () => {
  it("is at most 200 ms at first, twice as long each time, and never more than 30 s", () => {
    const longest = [1, 2, 3, 8, 9, 50, 5000].map((n) => pauseAfter(n, PERSISTENT, most));
    expect(longest).toEqual([200, 400, 800, 25_600, 30_000, 30_000, 30_000]);
  });

  it("is half of that when the number drawn is one half", () => {
    const policy = { maxAttempts: 9, firstMs: 1000, factor: 3, maxMs: 5000 };
    expect([1, 2, 3].map((n) => pauseAfter(n, policy, () => 0.5))).toEqual([500, 1500, 2500]);
  });

  it("is never less than 10 ms, so that nothing is hammered", () => {
    expect(pauseAfter(1, PERSISTENT, () => 0)).toBe(10);
    expect(pauseAfter(7, { maxAttempts: 9, firstMs: 0 }, most)).toBe(10);
  });

  it("is a whole number between 10 ms and the longest, whatever is drawn (full jitter)", () => {
    const drawn = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const failures = fc.integer({ min: 1, max: 10_000 });
    const policy = fc.record({
      maxAttempts: fc.constant(10_001),
      firstMs: fc.integer({ min: 0, max: 100_000 }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      maxMs: fc.integer({ min: 0, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(failures, policy, drawn, (count, drawnPolicy, random) => {
        const pauseMs = pauseAfter(count, drawnPolicy, () => random);
        const growth = Math.min(Number.MAX_VALUE, drawnPolicy.factor ** (count - 1));
        const longest = Math.min(drawnPolicy.maxMs, drawnPolicy.firstMs * growth);
        expect(Number.isInteger(pauseMs)).toBe(true);
        expect(pauseMs).toBeGreaterThanOrEqual(10);
        expect(pauseMs).toBeLessThanOrEqual(Math.max(10, Math.round(longest)));
      }),
    );
  });
});

it("where nothing is said, a step has one attempt, and what has to succeed has five", () => {
  expect([ONCE.maxAttempts, PERSISTENT.maxAttempts]).toEqual([1, 5]);
});
