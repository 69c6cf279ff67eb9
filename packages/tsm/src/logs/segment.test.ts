import { expect, it } from "vitest";
import { chainEnd, parseSegmentName, segmentName, segmentsAmong } from "./segment.ts";

const SEGMENT = {
  stream: "out",
  start: 0,
  end: 10_485_760,
  atMs: Date.UTC(2026, 0, 31, 9, 30, 5),
  isCompressed: false,
} as const;
const NAME = "out.000000000000000-000000010485760.20260131T093005Z.log";

it("says in its name what is in it", () => {
  expect(segmentName(SEGMENT)).toBe(NAME);
  expect(parseSegmentName(NAME)).toEqual({ ...SEGMENT, name: NAME });
  expect(parseSegmentName(`${NAME}.gz`)).toMatchObject({ isCompressed: true, end: 10_485_760 });
});

it("takes nothing else for a segment", () => {
  const names = ["index.ndjson", "lock", "out.part", `${NAME}.part`, `x${NAME}`, "rotate.out.json"];

  expect(names.map(parseSegmentName)).toEqual(names.map(() => undefined));
});

it("lists those of a stream in order, and one that is being compressed once, plain", () => {
  const next = segmentName({ ...SEGMENT, start: SEGMENT.end, end: 2 * SEGMENT.end });
  const other = segmentName({ ...SEGMENT, stream: "err" });

  const segments = segmentsAmong([next, other, `${NAME}.gz`, NAME], "out");

  expect(segments.map(({ name }) => name)).toEqual([NAME, next]);
  expect(chainEnd(segments, 0)).toBe(2 * SEGMENT.end);
  expect(chainEnd(segments.slice(1), 0)).toBe(0);
});
