import { isTetraError } from "@tetra/errors";
import { hasPostgres } from "@tetra/test-postgres";
import { describe, expect, it } from "vitest";
import { newDatabase, useServer } from "../postgres/database.ts";
import { fate, type Fate } from "./fate.ts";
import { expectAgreement, type Machine, newMachine, type Process, start } from "./machine.ts";

// The real coordinator on a real store, over real resources, in a process that dies before and after each of its
// steps: every write of the log, every call to a participant. The next one, made anew, must make all agree.

const PATIENCE = { timeout: 240_000 };

type Story = (process: Process) => Promise<unknown>;

function ignoreRollback(error: unknown): void {
  if (!isTetraError(error, "ROLLED_BACK")) throw error;
}

const STORIES = {
  "a commit": async (process) => {
    const txn = await process.begin();
    await process.work(txn);
    await process.coordinator.commit(txn);
  },
  "a vote no": async (process) => {
    const txn = await process.begin();
    await process.work(txn);
    process.workInVain(txn);
    // not expect().rejects: vitest would wait for what a dead process never says
    await process.coordinator.commit(txn).catch(ignoreRollback);
  },
  "a rollback": async (process) => {
    const txn = await process.begin();
    await process.work(txn);
    await process.coordinator.rollback(txn, "thought better of it");
  },
} satisfies Readonly<Record<string, Story>>;

const recovery: Story = ({ coordinator, participants }) => coordinator.recover({ participants });

/** One process, from its start to its end or death. @returns whether it came to its end. */
async function run(machine: Machine, life: Fate, story: Story, at: number): Promise<boolean> {
  const one = await start(machine, life, at % 2 === 0 ? "backward" : "forward");
  const isDone = await life.live(() => story(one));
  await one.end();
  return isDone;
}

/** Goes through the points of a story. @returns how many it has. */
async function dieEverywhere(machine: Machine, story: Story): Promise<number> {
  for (let at = 1; ; at += 1) {
    const isDone = await run(machine, fate(at), story, at);
    // the first to recover dies, too, at one point or another
    await run(machine, fate(1 + ((at * 7) % 20)), recovery, at + 1);
    await run(machine, fate(), recovery, at);
    await expectAgreement(machine);
    if (isDone) return at - 1;
  }
}

/** Leaves the same behind again and again, and goes through the points of the recovery. */
async function dieInRecovery(machine: Machine, story: Story, diesBefore: string): Promise<number> {
  const whole = fate();
  await run(machine, whole, story, 1);
  const left = 1 + whole.points.findIndex((point) => point.startsWith(diesBefore));
  for (let at = 1; ; at += 1) {
    await run(machine, fate(left), story, 1);
    const isDone = await run(machine, fate(at), recovery, at);
    await run(machine, fate(), recovery, at);
    await expectAgreement(machine);
    if (isDone) return at - 1;
  }
}

const cases = Object.entries(STORIES);
const { "a commit": commit } = STORIES;

it.each(cases)(
  "SQLite, vectors and a folder agree after a crash at every point of %s",
  PATIENCE,
  async (name, story) => {
    const points = await dieEverywhere(newMachine(), story);

    expect(points).toBeGreaterThan(15);
    console.info(`${name}: ${points} points`);
  },
);

describe.skipIf(!hasPostgres())("with PostgreSQL (needs postgres)", () => {
  const server = useServer({ fsync: false });

  it.each(cases)(
    "all four agree after a crash at every point of %s",
    PATIENCE,
    async (name, story) => {
      const machine = newMachine(await newDatabase(server()));

      const points = await dieEverywhere(machine, story);

      expect(points).toBeGreaterThan(20);
      console.info(`${name}, with PostgreSQL: ${points} points`);
    },
  );

  it.each(["before append of vote", "after append of vote"])(
    "all four agree after a crash at every point of the recovery of what has died %s",
    PATIENCE,
    async (diesBefore) => {
      const machine = newMachine(await newDatabase(server()));

      const points = await dieInRecovery(machine, commit, diesBefore);

      expect(points).toBeGreaterThan(10);
      console.info(`recovery of what has died ${diesBefore}: ${points} points`);
    },
  );
});
