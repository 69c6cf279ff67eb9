import { crashStates, type SimulatedDisk } from "@tetra/durable-fs/testing";
import { afterAll, describe, expect, it } from "vitest";
import { openSimulated, type Promised, violations } from "./invariants.ts";
import { diskBefore, runStory, STORIES } from "./scenarios.ts";

const counts = { points: 0, disks: 0 };

afterAll(() => {
  process.stdout.write(`replay: ${counts.points} crash points, ${counts.disks} surviving disks\n`);
});

const shared = STORIES.filter(({ name }) => name.includes("shar"));

/** Whether a dead writer's journal is on the disk. */
function hasJournal(disk: SimulatedDisk): boolean {
  const fs = disk.fs("look");
  return fs.stat("/txns/.journal") !== undefined && fs.names("/txns/.journal").length > 0;
}

async function recover(disk: SimulatedDisk, name: string): Promise<void> {
  const store = await openSimulated(disk.fs(name), { seed: name, boot: "boot-2" });
  await store.recover();
  await store.close();
}

describe("replaying a dead writer's journal", () => {
  it.each(shared)(
    "may itself be killed or cut off anywhere: $name",
    { timeout: 120_000 },
    async (story) => {
      const disk = await diskBefore(story);
      const states = crashStates<Promised>({ disk, run: (fs, note) => runStory(story, fs, note) });
      let at = 0;
      for await (const { disk: left, notes } of states) {
        at += 1;
        if (at % 12 !== 0) continue;
        for (const cut of left.powerCuts({ limit: 3, seed: at })) {
          if (!hasJournal(cut)) continue;
          const again = crashStates({
            disk: cut.clone(),
            run: async (fs) => {
              const store = await openSimulated(fs, { seed: "again", boot: "boot-2" });
              await store.recover();
              await store.close();
            },
          });
          for await (const { disk: halfway, story: where } of again) {
            counts.points += 1;
            for (const survivor of halfway.powerCuts({ limit: 4, seed: counts.points })) {
              counts.disks += 1;
              const told = survivor.story();
              expect(await violations(survivor.fs("checker"), notes), `${where}\n${told}`).toEqual(
                [],
              );
            }
          }
        }
      }
    },
  );

  it("changes nothing the second time", async () => {
    const [story] = shared;
    if (story === undefined) throw new Error("no story");
    const disk = await diskBefore(story);
    const states = crashStates<Promised>({ disk, run: (fs, note) => runStory(story, fs, note) });
    for await (const { disk: left } of states) {
      if (!hasJournal(left)) continue;
      await recover(left, "first");
      const once = left.fingerprint();
      await recover(left, "second");
      expect(left.fingerprint()).toBe(once);
    }
  });
});
