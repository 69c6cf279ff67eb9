import { expect, it } from "vitest";
import { lineTimes } from "./line-times.ts";
import { parseIndex } from "./offset-index.ts";

const NOTES = [
  { atMs: 1000, out: 0, err: 0 },
  { atMs: 2000, out: 100, err: 0 },
  { atMs: 3000, out: 100, err: 50 },
  { atMs: 9000, out: 300, err: 50 },
];

it("a line was written between the note before its beginning and the note behind its end", () => {
  const { timeOf } = lineTimes(NOTES, "out", 9500);

  expect(timeOf(0, 40)).toEqual({ atMs: 2000, precisionMs: 1000, rank: 1 });
  expect(timeOf(100, 140)).toEqual({ atMs: 9000, precisionMs: 6000, rank: 3 });
  expect(timeOf(90, 140)).toEqual({ atMs: 9000, precisionMs: 8000, rank: 3 });
});

it("what comes after the last note was written before the file was last changed", () => {
  expect(lineTimes(NOTES, "out", 9500).timeOf(300, 320)).toEqual({
    atMs: 9500,
    precisionMs: 500,
    rank: 4,
  });
});

it("without an earlier note nobody knows how much earlier it was", () => {
  expect(lineTimes([], "out", 9500).timeOf(0, 10)).toEqual({
    atMs: 9500,
    precisionMs: undefined,
    rank: 0,
  });
});

it("since a time: from the last offset that was noted before", () => {
  const { offsetSince } = lineTimes(NOTES, "out", 9500);

  expect(offsetSince(500)).toBe(0);
  expect(offsetSince(2000)).toBe(0);
  expect(offsetSince(2001)).toBe(100);
  expect(offsetSince(9400)).toBe(300);
  expect(offsetSince(9600)).toBe(Number.POSITIVE_INFINITY);
});

it("a clock that was set back makes times vaguer, and never hides a line", () => {
  const notes = [
    { atMs: 5000, out: 10, err: 0 },
    { atMs: 1000, out: 20, err: 0 },
  ];
  const { timeOf, offsetSince } = lineTimes(notes, "out", 1500);

  expect(timeOf(10, 20)).toEqual({ atMs: 1000, precisionMs: 4000, rank: 1 });
  expect(offsetSince(900)).toBe(0);
  expect(offsetSince(1200)).toBe(0);
});

it("reads notes past torn and foreign lines", () => {
  const text =
    '{"ts_ms":1,"out":2,"err":3,"why":"start"}\nrubbish\n{"ts_ms":5,"out"\n{"ts_ms":9,"out":4,"err":3}\n{"ts_ms"';

  expect(parseIndex(text)).toEqual([
    { atMs: 1, out: 2, err: 3 },
    { atMs: 9, out: 4, err: 3 },
  ]);
});

it("after a log was emptied by a person, earlier notes count for what is left", () => {
  const text = '{"ts_ms":1,"out":50,"err":3}\n{"ts_ms":9,"out":4,"err":3}\n';

  expect(parseIndex(text)[0]).toEqual({ atMs: 1, out: 4, err: 3 });
});
