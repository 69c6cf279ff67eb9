import fc from "fast-check";
import { expect, it } from "vitest";
import { blankTwoPhase, type TwoPhaseState } from "./two-phase-state.ts";
import { isOlder, sharedKeys, writeConflict } from "./write-conflict.ts";

const started = (id: string, startedMs: number): TwoPhaseState => {
  const blank = blankTwoPhase(id);
  return { ...blank, transaction: { ...blank.transaction, startedMs } };
};

it("finds what both write, and what one writes and the other has read", () => {
  const one = { writes: ["notes/1", "notes/2"], reads: ["notes/3"] };

  expect(sharedKeys(one, { writes: ["notes/2"], reads: [] })).toEqual(["notes/2"]);
  expect(sharedKeys(one, { writes: ["notes/3"], reads: ["notes/1"] })).toEqual([
    "notes/1",
    "notes/3",
  ]);
});

it("lets two read the same", () => {
  const reading = { writes: [], reads: ["notes/1"] };

  expect(sharedKeys(reading, reading)).toEqual([]);
});

it("takes the collection for a part of the key", () => {
  expect(
    sharedKeys({ writes: ["notes/1"], reads: [] }, { writes: ["tasks/1"], reads: [] }),
  ).toEqual([]);
});

it("finds the same from both sides", () => {
  const keys = fc.array(fc.constantFrom("a", "b", "c", "d"));
  const set = fc.record({ writes: keys, reads: keys });
  fc.assert(
    fc.property(set, set, (one, other) => {
      expect(sharedKeys(one, other)).toEqual(sharedKeys(other, one));
    }),
  );
});

it("takes the one that began first for the older, and decides by the id within a millisecond", () => {
  expect(isOlder(started("b", 1), started("a", 2))).toBe(true);
  expect(isOlder(started("a", 2), started("b", 2))).toBe(true);
  expect(isOlder(started("a", 2), started("a", 2))).toBe(false);
});

it("names both transactions and the keys", () => {
  const keys = ["a", "b", "c", "d", "e", "f", "g"];

  expect(writeConflict("t-1", "t-2", keys)).toMatchObject({
    code: "WRITE_CONFLICT",
    message: "t-1: t-2 is changing a, b, c, d, e and 2 more too",
    details: { id: "t-1", other: "t-2", keys },
  });
});
