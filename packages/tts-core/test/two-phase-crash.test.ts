import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Result, run, type Schedule } from "./two-phase-schedule.ts";
import type { Behaviour, Fault } from "./two-phase-world.ts";

const TIMEOUT_MS = 120_000;
const RANDOM_SCHEDULES = 4000;
const SEED = Date.now() % 2 ** 31;

const calm = (kind: Behaviour["kind"], more: Partial<Behaviour> = {}): Behaviour => ({
  kind,
  awayFor: 0,
  restartsAt: 0,
  isEmbedded: false,
  ...more,
});

const SCENARIOS: Readonly<Record<string, readonly Behaviour[]>> = {
  "two that commit": [calm("yes"), calm("yes", { isEmbedded: true })],
  "one that refuses": [calm("yes"), calm("no"), calm("yes")],
  "one that only reads": [calm("yes"), calm("read-only")],
  "none that writes": [calm("read-only"), calm("read-only")],
  "one that is away for a while": [calm("yes", { awayFor: 3 }), calm("yes")],
  "one that rolls back by itself": [calm("yes"), calm("rolls-back-itself")],
  "one that commits by itself beside one that refuses": [calm("commits-itself"), calm("no")],
  "a single one": [calm("yes")],
  "a single one that commits in one phase": [calm("one-phase")],
  "a single one whose answer gets lost": [calm("one-phase", { awayFor: 2 })],
  "none at all": [],
};

async function expectNoViolation(schedule: Schedule): Promise<Result> {
  const result = await run(schedule);
  expect({ schedule, violations: result.violations }).toEqual({ schedule, violations: [] });
  return result;
}

describe.each(Object.entries(SCENARIOS))("with %s", (_, behaviours) => {
  it.each(["commit", "rollback"] as const)(
    "agrees wherever a %s is interrupted, and wherever the recovery is",
    async (wanted) => {
      const base = { behaviours, wanted, seed: 1 };
      const [length = 0] = (await expectNoViolation({ ...base, recoverers: [] })).steps;
      let schedules = 1;
      for (let at = 1; at <= length; at += 1) {
        for (const type of ["die", "io"] as const) {
          const hit = { ...base, fault: { at, type } };
          const [, recovering = 0] = (await expectNoViolation({ ...hit, recoverers: [undefined] }))
            .steps;
          schedules += 1;
          const most = type === "die" ? recovering : 0;
          for (let second = 1; second <= most; second += 1) {
            await expectNoViolation({ ...hit, recoverers: [{ at: second, type: "die" }] });
            schedules += 1;
          }
        }
      }
      console.log(`${schedules} schedules`);
    },
    TIMEOUT_MS,
  );
});

/** A paused owner is beyond the protocol when its only participant commits without a decision. */
const anyBehaviour = fc.record({
  kind: fc.constantFrom<Behaviour["kind"]>(
    "yes",
    "yes",
    "yes",
    "no",
    "read-only",
    "commits-itself",
    "rolls-back-itself",
    "one-phase",
  ),
  awayFor: fc.nat(3),
  restartsAt: fc.nat(6),
  isEmbedded: fc.boolean(),
});
const anyFault = (...types: readonly Fault["type"][]): fc.Arbitrary<Fault> =>
  fc.record({ at: fc.integer({ min: 1, max: 45 }), type: fc.constantFrom(...types) });

it(
  "agrees with any participants, any faults, and two that recover at the same time",
  async () => {
    console.log(`seed ${SEED}, ${RANDOM_SCHEDULES} schedules`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyBehaviour, { maxLength: 4 }),
        fc.constantFrom("commit", "commit", "rollback"),
        fc.option(anyFault("die", "io", "lose-lease")),
        fc.array(fc.option(anyFault("die", "io", "lose-lease"), { nil: undefined }), {
          minLength: 2,
          maxLength: 2,
        }),
        fc.integer(),
        async (behaviours, wanted, fault, recoverers, seed) => {
          const isAlone = behaviours.length === 1 && behaviours[0]?.kind === "one-phase";
          fc.pre(!isAlone || fault?.type !== "lose-lease");
          await expectNoViolation({
            behaviours,
            wanted: wanted === "rollback" ? "rollback" : "commit",
            ...(fault === null ? {} : { fault }),
            recoverers,
            seed,
          });
        },
      ),
      { numRuns: RANDOM_SCHEDULES, seed: SEED },
    );
  },
  TIMEOUT_MS,
);
