import { crashStates } from "@tetra/durable-fs/testing";
import { afterAll, describe, expect, it } from "vitest";
import { type Promised, violations } from "./invariants.ts";
import { diskBefore, runStory, STORIES } from "./scenarios.ts";

const counts = { points: 0, disks: 0 };

afterAll(() => {
  process.stdout.write(
    `crash suite: ${counts.points} crash points, ${counts.disks} surviving disks\n`,
  );
});

describe("whatever happens before each operation and within each write", () => {
  it.each(STORIES)(
    "keeps every promise when killed or cut off: $name",
    { timeout: 120_000 },
    async (story) => {
      const disk = await diskBefore(story);
      const states = crashStates<Promised>({ disk, run: (fs, note) => runStory(story, fs, note) });
      for await (const { disk: left, notes, story: where } of states) {
        counts.points += 1;
        for (const cut of left.powerCuts({ limit: 24 })) {
          counts.disks += 1;
          const told = cut.story();
          expect(await violations(cut.fs("checker"), notes), `power cut ${where}\n${told}`).toEqual(
            [],
          );
        }
        expect(await violations(left.fs("checker"), notes), `killed ${where}`).toEqual([]);
      }
    },
  );
});
