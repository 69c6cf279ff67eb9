import fc from "fast-check";
import { isTetraError } from "@tetra/errors";
import { expect, it } from "vitest";
import { DEFAULT_LOG_POLICY } from "../care/service-care.ts";
import {
  checkLogPolicy,
  isDue,
  LONGEST_PACE_MS,
  type LogLook,
  nextLookMs,
  SHORTEST_PACE_MS,
} from "./rotation-pace.ts";

const QUIET: LogLook = { writtenBytes: 0, bytes: 100, elapsedMs: 1000, maxBytes: 10_000_000 };

it("looks seldom where nothing is written, and soon where much is, or nobody knows", () => {
  expect(nextLookMs([])).toBe(LONGEST_PACE_MS);
  expect(nextLookMs([QUIET, QUIET])).toBe(LONGEST_PACE_MS);
  expect(nextLookMs([QUIET, { ...QUIET, writtenBytes: 1_000_000, bytes: 1_000_000 }])).toBe(4500);
  expect(nextLookMs([{ ...QUIET, writtenBytes: 90_000_000, bytes: 90_000_000 }])).toBe(
    SHORTEST_PACE_MS,
  );
  expect(nextLookMs([{ ...QUIET, writtenBytes: 90_000_000, maxBytes: 0 }])).toBe(LONGEST_PACE_MS);
  expect(nextLookMs([{ ...QUIET, elapsedMs: 0 }])).toBe(1000);
});

it("is within its limits whatever was found, and at the same speed comes before a log is too long", () => {
  const maxBytes = fc.integer({ min: 1, max: 1e9 });
  const look = fc.record({
    writtenBytes: fc.nat(),
    bytes: fc.nat(),
    elapsedMs: fc.integer({ min: 1, max: 1e6 }),
    maxBytes,
  });
  fc.assert(
    fc.property(look, (found) => {
      const ms = nextLookMs([found]);
      const bytes = found.bytes % found.maxBytes; // longer ones have been rotated
      const then = bytes + (found.writtenBytes / found.elapsedMs) * ms;
      expect(ms).toBeGreaterThanOrEqual(SHORTEST_PACE_MS);
      expect(ms).toBeLessThanOrEqual(LONGEST_PACE_MS);
      expect(then <= found.maxBytes || ms === SHORTEST_PACE_MS || bytes !== found.bytes).toBe(true);
    }),
  );
});

it("a log is due for its size or its age, where these are limited, and never while it is empty", () => {
  const policy = { ...DEFAULT_LOG_POLICY, maxBytes: 1000, maxAgeMs: 60_000 };

  expect(isDue({ bytes: 999, ageMs: 59_999 }, policy)).toBe(false);
  expect(isDue({ bytes: 1000, ageMs: 0 }, policy)).toBe(true);
  expect(isDue({ bytes: 1, ageMs: 60_000 }, policy)).toBe(true);
  expect(isDue({ bytes: 0, ageMs: 60_000 }, policy)).toBe(false);
  expect(isDue({ bytes: 1e9, ageMs: 1e9 }, { ...policy, maxBytes: 0, maxAgeMs: 0 })).toBe(false);
});

it("refuses a policy that cannot be carried out", () => {
  const refusals = [{ maxBytes: -1 }, { keep: 1.5 }, { maxAgeMs: Number.NaN }].map((wrong) => {
    try {
      return checkLogPolicy({ ...DEFAULT_LOG_POLICY, ...wrong });
    } catch (error) {
      return isTetraError(error) ? error.code : error;
    }
  });

  expect(refusals).toEqual(["INVALID_ROTATION", "INVALID_ROTATION", "INVALID_ROTATION"]);
});
