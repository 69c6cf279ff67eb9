import { type SimulatedDisk, SimulatedCrash } from "@tetra/durable-fs/testing";
import { transactionManager, type TransactionManager } from "@tetra/tts-core";
import { fakeClock } from "@tetra/tts-core/testing";
import { afterAll, describe, expect, it } from "vitest";
import { openSimulated, type Promised, violations } from "./invariants.ts";
import { diskBefore } from "./scenarios.ts";
import type { FolderStore } from "../src/store-api.ts";

const counts = { points: 0, disks: 0 };

afterAll(() => {
  process.stdout.write(
    `two writers: ${counts.points} crash points, ${counts.disks} surviving disks\n`,
  );
});

interface Writer {
  readonly store: FolderStore;
  readonly manager: TransactionManager;
  readonly move: (id: string, stage: string) => Promise<void>;
}

async function writer(disk: SimulatedDisk, name: string, notes: Promised[]): Promise<Writer> {
  const store = await openSimulated(disk.fs(name), { seed: name });
  const manager = transactionManager({ store, clock: fakeClock(Date.UTC(2026, 0, 31, 9, 30)) });
  return {
    store,
    manager,
    async move(id, stage) {
      await manager.transition(stage, id);
      const { revision, state } = await store.load(id);
      notes.push({ type: "state", id, revision, state });
    },
  };
}

/** One writer shares flushes over new transactions, the other writes to them alone; then the reverse. */
async function together(disk: SimulatedDisk, notes: Promised[]): Promise<void> {
  const one = await writer(disk, "one", notes);
  const two = await writer(disk, "two", notes);
  const ids = await Promise.all(
    ["a", "b", "c"].map(async (description) => {
      const { id, revision, state } = await one.manager.create({ description });
      notes.push({ type: "state", id, revision, state });
      return id;
    }),
  );
  const [a = "", b = "", c = ""] = ids;
  await two.move(a, "SELECT");
  await Promise.all([one.move(a, "ASSEMBLE"), one.move(b, "SELECT")]);
  await Promise.all([two.move(b, "ASSEMBLE"), two.move(c, "SELECT")]);
  await Promise.all([one.move(b, "EXECUTE"), one.move(c, "ASSEMBLE"), two.move(a, "EXECUTE")]);
  await one.store.close();
  await two.move(c, "EXECUTE");
  await two.store.close();
}

async function run(disk: SimulatedDisk): Promise<Promised[]> {
  const notes: Promised[] = [];
  try {
    await together(disk, notes);
  } catch (error) {
    if (!(error instanceof SimulatedCrash)) throw error;
  }
  return notes;
}

describe("two writers on the same transactions", () => {
  it(
    "lose nothing when one dies anywhere and then the power goes",
    { timeout: 180_000 },
    async () => {
      const start = await diskBefore({ name: "empty", run: () => Promise.resolve() });
      const whole = start.clone();
      await run(whole);
      for (const operation of whole.trace.filter(({ changes }) => changes)) {
        counts.points += 1;
        const disk = start.clone();
        disk.crashAt(operation.index);
        const notes = await run(disk);
        const where = `before ${operation.index}: ${operation.name} ${operation.path}`;
        for (const name of ["one", "two"]) disk.kill(name);
        for (const cut of disk.powerCuts({ limit: 8, seed: counts.points })) {
          counts.disks += 1;
          expect(await violations(cut.fs("checker"), notes), `${where}\n${cut.story()}`).toEqual(
            [],
          );
        }
        expect(await violations(disk.fs("checker"), notes), where).toEqual([]);
      }
    },
  );

  it(
    "carry on with what a dead one left, and lose nothing to a power cut after that",
    { timeout: 180_000 },
    async () => {
      const start = await diskBefore({ name: "empty", run: () => Promise.resolve() });
      const whole = start.clone();
      await run(whole);
      for (const operation of whole.trace.filter(({ changes }) => changes)) {
        counts.points += 1;
        const disk = start.clone();
        disk.crashAt(operation.index);
        const notes = await run(disk);
        for (const name of ["one", "two"]) disk.kill(name);
        const third = await writer(disk, "three", notes);
        for (const id of await third.store.find("")) await third.move(id, "VALIDATE");
        disk.kill("three");
        const where = `before ${operation.index}: ${operation.name} ${operation.path}`;
        for (const cut of disk.powerCuts({ limit: 4, seed: counts.points })) {
          counts.disks += 1;
          expect(await violations(cut.fs("checker"), notes), `${where}\n${cut.story()}`).toEqual(
            [],
          );
        }
      }
    },
  );
});
