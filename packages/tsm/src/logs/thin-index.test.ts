import { expect, it } from "vitest";
import { thinned } from "./thin-index.ts";

it("drops what is about removed parts, but the last note before the rest", () => {
  const notes = [1, 2, 3, 4].map((at) => ({ atMs: at, out: at * 10, err: 0 }));

  expect(thinned(notes, { out: 25, err: 0 }).map(({ atMs }) => atMs)).toEqual([2, 3, 4]);
  expect(thinned(notes, { out: 99, err: 99 }).map(({ atMs }) => atMs)).toEqual([4]);
});

it("keeps what is recent more exactly than what is old", () => {
  const notes = Array.from({ length: 10_000 }, (_, at) => ({ atMs: at, out: at + 1, err: 0 }));

  const left = thinned(notes, { out: 0, err: 0 });

  expect(left.length).toBeLessThanOrEqual(2000);
  expect(left[0]?.atMs).toBe(0);
  expect(left.slice(-500)).toEqual(notes.slice(-500));
});
