import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { snapshotParticipant } from "../../src/snapshot/index.ts";
import { apply, type Edit, edits } from "./folder-edits.ts";
import { pictureOf } from "./folder-picture.ts";

const isRoot = process.geteuid?.() === 0;
const NOBODY = 65_534;
const BRANCH = { txn: "t1", participant: "files" };
const home = mkdtempSync(join(tmpdir(), "tetra-snapshot-"));
let runs = 0;

afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Runs as an ordinary user, when root does the tests. */
async function asUser<T>(work: () => Promise<T>): Promise<T> {
  process.seteuid?.(isRoot ? NOBODY : (process.geteuid?.() ?? 0));
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

async function asIs<T>(work: () => Promise<T>): Promise<T> {
  return await work();
}

interface Trial {
  readonly before: readonly Edit[];
  readonly during: readonly Edit[];
  readonly isPrepared: boolean;
  readonly end: "commit" | "rollback";
}

async function runTrial(trial: Trial, as: typeof asIs): Promise<void> {
  runs += 1;
  const parent = join(home, String(runs));
  const folder = join(parent, "data");
  mkdirSync(folder, { recursive: true });
  if (as === asUser && isRoot) [home, parent, folder].forEach((path) => chownSync(path, NOBODY, 0));
  const participant = snapshotParticipant({ name: "files", folder });

  await as(async () => apply(folder, trial.before));
  const before = pictureOf(folder);
  await as(async () => await participant.begin?.(BRANCH));
  const begun = pictureOf(folder);
  await as(async () => apply(folder, trial.during));
  const after = pictureOf(folder);
  const vote = trial.isPrepared ? await as(async () => await participant.prepare(BRANCH)) : "yes";
  await as(async () => await participant[trial.end](BRANCH));
  const end = pictureOf(folder);

  expect(begun).toEqual(before);
  expect(end).toEqual(trial.end === "commit" || vote === "read-only" ? after : before);
  expect(vote === "read-only" ? after : before).toEqual(before);
  expect(existsSync(join(parent, ".tetra-snapshots"))).toBe(false);
}

const trials = fc.record({
  before: edits,
  during: fc.oneof({ weight: 9, arbitrary: edits }, { weight: 1, arbitrary: fc.constant([]) }),
  isPrepared: fc.boolean(),
  end: fc.constantFrom("commit" as const, "rollback" as const, "rollback" as const),
});

it(
  "any folder after any edits is exactly what it was once rolled back, and stays edited once committed",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(trials, async (trial) => await runTrial(trial, asIs)),
      { numRuns: 80 },
    );
  },
);

it("and so for a user whom modes forbid much", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(trials, async (trial) => await runTrial(trial, asUser)),
    { numRuns: 80 },
  );
});
