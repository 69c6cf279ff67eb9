import { afterAll, describe, expect, it } from "vitest";
import type { SagaNode } from "../src/saga/definition.ts";
import type { Fate } from "./schedules/mood.ts";
import type { Behaviour } from "./schedules/random-saga.ts";
import { type Outcome, runSchedule } from "./schedules/schedule.ts";

// To replay a schedule that failed: TETRA_SEED=<its seed> TETRA_SCHEDULES=1.
const COUNT = Number(process.env["TETRA_SCHEDULES"] ?? 10_000);
const SEED = Number(process.env["TETRA_SEED"] ?? Date.now() % 1_000_000_000);

const step = (name: string, more: Partial<SagaNode> = {}): SagaNode =>
  // the parts of a step, put together in a test
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  ({ type: "step", name, action: "do", compensate: { action: "undo" }, ...more }) as SagaNode;

const RETRY = { maxAttempts: 3, firstMs: 50 };

/** Small sagas in which every single crash is tried. */
const SMALL: Readonly<Record<string, readonly SagaNode[]>> = {
  "that succeeds": [step("a"), step("b"), step("c")],
  "whose last step fails": [step("flaky", { retry: RETRY }), step("b"), step("bad")],
  "with a parallel group, one of whose steps fails": [
    step("a"),
    { type: "parallel", name: "p", steps: [step("b"), step("bad"), step("c")] },
  ],
  "within a saga": [
    { type: "saga", name: "s", steps: [step("a"), step("b")], timeoutMs: 5000 },
    step("bad", { retry: RETRY, timeoutMs: 100 }),
  ],
  "that fails behind its pivot": [step("a"), step("b", { pivot: true }), step("bad")],
  "that sleeps and asks": [
    step("a"),
    { type: "sleep", name: "week", forMs: 7 * 86_400_000 },
    { type: "approval", name: "ask" },
    step("b"),
  ],
};

const FAILING: readonly Behaviour[] = [
  { type: "throws" },
  { type: "stops when told", acts: true },
  { type: "throws" },
];
const SCRIPT = new Map([
  ["bad", FAILING],
  ["p/bad", FAILING],
  ["flaky", [{ type: "throws" } as const]],
]);

const outcomes: Outcome[] = [];
const startedMs = Date.now();

describe.each(Object.entries(SMALL))("a saga %s", (_, steps) => {
  const saga = { definition: { name: "small", steps, timeoutMs: 60 * 86_400_000 }, script: SCRIPT };

  it.each<[string, Fate]>([
    ["its runner dies", "crash"],
    ["its disk fails", "fail"],
    ["it is cancelled", "cancel"],
  ])("comes to its end wherever %s", async (_what, fate) => {
    let gate = 0;
    let hits = 0;
    for (let gates = 1; gate < gates;) {
      gate += 1;
      const outcome = await runSchedule({ seed: SEED, saga, only: { gate, fate } });
      outcomes.push(outcome);
      gates = outcome.gates;
      hits += 1;
    }
    expect(hits).toBeGreaterThan(15);
  });
});

describe("any saga", () => {
  it(
    "keeps its promises whatever fails, whoever dies, in whichever order things happen",
    { timeout: 600_000 },
    async () => {
      for (let at = 0; outcomes.length < COUNT; at += 1) {
        outcomes.push(await runSchedule({ seed: SEED + at }));
      }
      expect(outcomes.length).toBeGreaterThanOrEqual(COUNT);
    },
  );
});

afterAll(() => {
  const ended = (wanted: Outcome["ended"]): number =>
    outcomes.filter((outcome) => outcome.ended === wanted).length;
  const crashes = outcomes.reduce((sum, outcome) => sum + outcome.crashes, 0);
  console.log(
    `${outcomes.length} schedules in ${Math.round((Date.now() - startedMs) / 1000)} s, ` +
      `TETRA_SEED=${SEED}: ${ended("committed")} committed, ${ended("rolled_back")} rolled back, ` +
      `${ended("undone")} undone, ${crashes} crashes`,
  );
});
