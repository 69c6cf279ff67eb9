import fc from "fast-check";
import { expect, it } from "vitest";
import type { HistoryLine } from "./read-history.ts";
import { uptimeOf } from "./uptime.ts";

const told = (
  atMs: number,
  event: string,
  generation?: number,
  more: Readonly<Record<string, unknown>> = {},
): HistoryLine => ({
  atMs,
  event,
  name: "web",
  ...(generation === undefined ? {} : { generation }),
  line: more,
});
const RUNNING = { isRunning: true, isCrashed: false };
const ENDED = { isRunning: false, isCrashed: false };
const uptime = (lines: readonly HistoryLine[], more: object = {}): ReturnType<typeof uptimeOf> =>
  uptimeOf({ name: "web", lines, nowMs: 1000, now: RUNNING, ...more });

it("a crash and a restart: up, down, how often, how long", () => {
  const lines = [
    told(0, "started", 1),
    told(405, "ended", 1, { code: 1, at_ms: 400 }),
    told(500, "restarted", 2),
  ];

  expect(uptime(lines)).toEqual({
    name: "web",
    upMs: 900,
    downMs: 100,
    availability: 0.9,
    runs: 2,
    crashes: 1,
    meanTimeBetweenFailuresMs: 900,
    longestRunMs: 500,
    upSinceMs: 500,
  });
});

it("stopped, or done, is not down", () => {
  const stopped = [told(0, "started", 1), told(300, "stopped", 1, { outcome: "ended" })];
  const done = [told(0, "started", 1), told(300, "ended", 1, { code: 0 })];
  const now = ENDED;

  for (const lines of [stopped, done]) {
    expect(uptime(lines, { now })).toMatchObject({ upMs: 300, downMs: 0, crashes: 0 });
  }
});

it.each([
  [
    "before",
    [told(300, "ended", 1, { signal: "SIGTERM" }), told(310, "stopped", 1, { outcome: "ended" })],
  ],
  [
    "after",
    [told(310, "stopped", 1, { outcome: "ended" }), told(320, "ended", 1, { signal: "SIGTERM" })],
  ],
])("the end of a run that was stopped is no crash, also when it is told %s", (_when, lines) => {
  const now = ENDED;

  expect(uptime([told(0, "started", 1), ...lines], { now })).toMatchObject({
    crashes: 0,
    downMs: 0,
  });
});

it("who gave up on a crashed service ends its being down", () => {
  const lines = [
    told(0, "started", 1),
    told(100, "ended", 1, { signal: "SIGSEGV" }),
    told(600, "stopped", 1, { outcome: "was-down" }),
  ];

  expect(uptime(lines, { now: ENDED })).toMatchObject({
    upMs: 100,
    downMs: 500,
    crashes: 1,
  });
});

it("a run that was replaced, or ended as its policy has it, is no crash", () => {
  const lines = [
    told(0, "started", 1),
    told(100, "ended", 1, { state: "stopped", signal: "SIGTERM" }),
    told(150, "restarted", 2),
    told(200, "ended", 2, { state: "stopped", code: 3 }),
  ];

  expect(uptime(lines, { now: ENDED })).toMatchObject({ upMs: 150, downMs: 0, crashes: 0 });
});

it("a crash that nobody wrote down yet is told by what is", () => {
  const now = { isRunning: false, isCrashed: true, endedAtMs: 700 };

  expect(uptime([told(0, "started", 1)], { now })).toMatchObject({
    upMs: 700,
    downMs: 300,
    crashes: 1,
  });
});

it("a late word about an earlier run is not taken for the last one's", () => {
  const lines = [
    told(0, "started", 1),
    told(200, "restarted", 2),
    told(250, "ended", 1, { code: 1, at_ms: 150 }),
  ];

  expect(uptime(lines)).toMatchObject({ upMs: 950, downMs: 50, crashes: 1, upSinceMs: 200 });
});

it("a service of the same name after a removal counts its runs anew", () => {
  const lines = [told(0, "started", 1), told(100, "removed"), told(500, "started", 1)];

  expect(uptime(lines)).toMatchObject({ upMs: 600, downMs: 0, runs: 2 });
});

it("only the time since then counts", () => {
  const lines = [
    told(0, "started", 1),
    told(400, "ended", 1, { code: 1 }),
    told(500, "restarted", 2),
  ];

  expect(uptime(lines, { sinceMs: 450 })).toMatchObject({ upMs: 500, downMs: 50, runs: 1 });
});

it("of a service that never ran nothing is claimed", () => {
  expect(uptime([], { now: undefined })).toEqual({
    name: "web",
    upMs: 0,
    downMs: 0,
    runs: 0,
    crashes: 0,
    longestRunMs: 0,
  });
});

const ENDS = {
  crash: (atMs: number, run: number) => told(atMs, "ended", run, { code: 1 }),
  done: (atMs: number, run: number) => told(atMs, "ended", run, { code: 0 }),
  stop: (atMs: number, run: number) => told(atMs, "stopped", run),
};
const span = fc.integer({ min: 1, max: 10_000 });
const END_WORDS = ["crash", "stop", "done", "restart"] as const;
const life = fc.array(fc.record({ upMs: span, end: fc.constantFrom(...END_WORDS), gapMs: span }), {
  minLength: 1,
  maxLength: 20,
});

it("for any life the sums are those of a stopwatch", () => {
  fc.assert(
    fc.property(life, span, (periods, lastMs) => {
      let atMs = 0;
      let upMs = lastMs;
      let downMs = 0;
      const lines: HistoryLine[] = [];
      periods.forEach(({ upMs: ranMs, end, gapMs }, index) => {
        const generation = index + 1;
        lines.push(told(atMs, "started", generation));
        atMs += ranMs;
        upMs += ranMs;
        if (end === "restart") return;
        lines.push(ENDS[end](atMs, generation));
        atMs += gapMs;
        if (end === "crash") downMs += gapMs;
      });
      lines.push(told(atMs, "started", periods.length + 1));

      const found = uptime(lines, { nowMs: atMs + lastMs });

      expect(found).toMatchObject({ upMs, downMs, runs: periods.length + 1 });
      expect(found.crashes).toBe(periods.filter(({ end }) => end === "crash").length);
      expect(found.longestRunMs).toBe(Math.max(lastMs, ...periods.map((period) => period.upMs)));
    }),
  );
});

const anyLine = fc
  .tuple(
    fc.integer({ min: -5000, max: 5000 }),
    fc.constantFrom("started", "restarted", "ended", "stopped", "removed", "backoff", "moon"),
    fc.option(fc.nat(4), { nil: undefined }),
    fc.record({ code: fc.nat(2), at_ms: fc.integer({ min: -5000, max: 5000 }) }),
  )
  .map(([atMs, event, generation, more]) => told(atMs, event, generation, more));

it("whatever the log holds and however the clock was set, no figure is negative or above all", () => {
  fc.assert(
    fc.property(fc.array(anyLine), fc.boolean(), (lines, isRunning) => {
      const found = uptime(lines, { now: { isRunning, isCrashed: !isRunning } });

      expect(Math.min(found.upMs, found.downMs, found.longestRunMs)).toBeGreaterThanOrEqual(0);
      expect(found.longestRunMs).toBeLessThanOrEqual(found.upMs);
      expect(found.crashes).toBeLessThanOrEqual(found.runs);
      const { availability = 0.5 } = found;
      expect(availability >= 0 && availability <= 1).toBe(true);
    }),
  );
});

it("a start that failed is a run that crashed, and down only if it was so before", () => {
  const failed = told(500, "ended", 2, { state: "crashed", code: 1 });
  const first = [told(0, "ended", 1, { state: "crashed", code: 1 })];
  const again = [told(0, "started", 1), told(400, "ended", 1, { code: 1 }), failed];

  const now = { isRunning: false, isCrashed: true };
  expect(uptime(first, { now })).toMatchObject({ runs: 1, crashes: 1, upMs: 0, downMs: 0 });
  expect(uptime(again, { now })).toMatchObject({ runs: 2, crashes: 2, upMs: 400, downMs: 600 });
});
