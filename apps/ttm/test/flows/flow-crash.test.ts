import type { FileSystem } from "@tetra/durable-fs";
import { crashStates, simulatedDisk, type SimulatedDisk } from "@tetra/durable-fs/testing";
import { parseChoice, parseSelector } from "@tetra/rag-adapter";
import { isTetraError } from "@tetra/errors";
import { afterAll, describe, expect, it } from "vitest";
import { type FlowDisk, FLOWS, GLOBAL, ID, openFlows, treeOf } from "./flow-disk.ts";

// Each story is stopped before every operation on the disk and within every write, by a kill and by every power
// cut: what was acknowledged is there, nothing is half there, and doing it again works.

const counts = { points: 0, disks: 0 };

afterAll(() => {
  process.stdout.write(`flows: ${counts.points} crash points, ${counts.disks} surviving disks\n`);
});

const SOURCE = { selector: parseSelector("a.ts::1,2#auth"), path: "/p/a.ts" };

interface Story {
  readonly name: string;
  readonly before: (disk: FlowDisk) => Promise<unknown>;
  readonly run: (disk: FlowDisk) => Promise<unknown>;
  /** What is wrong with what is left; `done` when it had been acknowledged. */
  readonly check: (left: Left, done: boolean) => Promise<void>;
}

interface Left {
  readonly fs: FileSystem;
  readonly disk: FlowDisk;
}

const create = (disk: FlowDisk): Promise<unknown> =>
  disk.flows.create({ description: "add login" });
const withEvidence = async (disk: FlowDisk): Promise<void> => {
  await create(disk);
  for (let count = 0; count < 3; count += 1) await disk.flows.evidence.add(ID, SOURCE);
  await disk.flows.evidence.remove(ID, parseChoice("100"));
};

const STORIES: readonly Story[] = [
  {
    name: "create a flow",
    before: async () => undefined,
    run: create,
    async check({ fs, disk }, done) {
      const ids = await disk.store.find("");
      if (done) expect(ids).toEqual([ID]);
      if (ids.length === 0) return;
      await disk.flows.resume(ID);
      const tree = treeOf(fs, `${FLOWS}/${ID}/ctx`);
      expect(tree["000_policy.md"]).toContain("MULTICAT");
      expect(tree["010_prompt.user.md"]).toContain("\n\nadd login\n");
      expect(tree["evidence"]).toBe("/");
      expect(await disk.flows.active()).toBe(ID);
    },
  },
  {
    name: "complete a flow",
    before: create,
    run: (disk) => disk.flows.complete({ outcome: "partial", lessons: ["a"] }, ID),
    async check({ disk }, done) {
      const { stage, outcome, lessons } = await disk.flows.state(ID);
      const isComplete = stage === "DONE";
      if (done) expect(isComplete).toBe(true);
      expect({ outcome, lessons }).toEqual(
        isComplete ? { outcome: "partial", lessons: ["a"] } : { outcome: null, lessons: [] },
      );
      const names = (await disk.store.read(ID)).map(({ event }) => event?.event);
      expect(names.includes("flow_complete")).toBe(isComplete);
    },
  },
  {
    name: "add evidence",
    before: create,
    run: (disk) => disk.flows.evidence.add(ID, SOURCE),
    async check({ disk }, done) {
      const recorded = async (): Promise<number> =>
        (await disk.store.read(ID)).filter(({ event }) => event?.event === "evidence_added").length;
      if (done) expect(await recorded()).toBe(1);
      if ((await recorded()) === 0) await disk.flows.evidence.add(ID, SOURCE);
      expect(await recorded()).toBe(1);
      expect(await disk.flows.evidence.list(ID)).toMatchObject([
        { rank: 100, source: "/p/a.ts", tags: ["auth"] },
      ]);
    },
  },
  {
    name: "link evidence",
    before: create,
    run: (disk) => disk.flows.evidence.link(ID, SOURCE),
    async check({ fs, disk }, done) {
      const events = (await disk.store.read(ID)).map(({ event }) => event?.event);
      const isRecorded = events.includes("evidence_linked");
      if (done) expect(isRecorded).toBe(true);
      if (!isRecorded) await disk.flows.evidence.link(ID, SOURCE);
      expect(treeOf(fs, `${FLOWS}/${ID}/ctx/evidence`)).toEqual({
        "100_a_ts.evidence.link": "→ /p/a.ts",
      });
    },
  },
  {
    name: "rebase evidence",
    before: withEvidence,
    run: (disk) => disk.flows.evidence.rebase(ID),
    async check({ disk }, done) {
      const ranks = async (): Promise<readonly number[]> =>
        (await disk.flows.evidence.list(ID)).map(({ rank }) => rank);
      expect(await ranks()).toHaveLength(2);
      if (done) expect(await ranks()).toEqual([100, 110]);
      await disk.flows.evidence.rebase(ID);
      expect(await ranks()).toEqual([100, 110]);
    },
  },
  {
    name: "promote a flow",
    before: withEvidence,
    run: (disk) => disk.promote(),
    async check({ fs, disk }, done) {
      const mine = Object.entries(treeOf(fs, `${FLOWS}/${ID}`));
      const expected = {
        ...Object.fromEntries(mine.filter(([path]) => !path.startsWith("locks"))),
        "state.json": expect.stringContaining('"revision": 6'),
      };
      const isThere = fs.stat(`${GLOBAL}/${ID}`) !== undefined;
      if (done) expect(isThere).toBe(true);
      if (isThere) expect(treeOf(fs, `${GLOBAL}/${ID}`)).toEqual(expected);
      const again = await disk.promote().then(
        () => true,
        (error: unknown) => !isTetraError(error, "EXISTS"),
      );
      expect(again).toBe(!isThere);
      expect(treeOf(fs, `${GLOBAL}/${ID}`)).toEqual(expected);
    },
  },
  {
    name: "add a flow to a session",
    before: (disk) => disk.sessions.create("auth"),
    run: (disk) => disk.sessions.addFlow("t-1"),
    async check({ disk }, done) {
      const { flows } = await disk.sessions.state();
      if (done) expect(flows).toEqual(["t-1"]);
      expect((await disk.sessions.addFlow("t-1")).flows).toEqual(["t-1"]);
    },
  },
];

async function diskBefore(story: Story): Promise<SimulatedDisk> {
  const disk = simulatedDisk();
  const fs = disk.fs("before");
  for (const folder of ["/p", "/p/rag", FLOWS, "/home", "/home/.tetra", "/home/.tetra/rag"])
    fs.makeFolder(folder);
  const fd = fs.open("/p/a.ts", "create");
  fs.write(fd, new TextEncoder().encode("one\ntwo\nthree\n"));
  fs.flush(fd);
  fs.close(fd);
  const before = await openFlows(fs, "b");
  await story.before(before);
  await before.close();
  return disk.clone();
}

async function checkLeft(story: Story, fs: FileSystem, done: boolean): Promise<void> {
  const disk = await openFlows(fs, "c");
  await story.check({ fs, disk }, done);
  await disk.close();
  const hidden = Object.keys({ ...treeOf(fs, FLOWS), ...treeOf(fs, GLOBAL) });
  expect(hidden.filter((path) => /^\.promoting\/.|^\.new\/./.test(path))).toEqual([]);
}

describe("whatever happens before each operation and within each write", () => {
  it.each(STORIES)(
    "$name: done, not done, or finished by doing it again",
    { timeout: 300_000 },
    async (story) => {
      const disk = await diskBefore(story);
      const run = async (fs: FileSystem, note: (what: "done") => void): Promise<void> => {
        const flows = await openFlows(fs);
        await story.run(flows);
        note("done");
        await flows.close();
      };
      for await (const { disk: left, notes, story: where } of crashStates<"done">({ disk, run })) {
        counts.points += 1;
        const done = notes.length > 0;
        for (const cut of left.powerCuts({ limit: 8 })) {
          counts.disks += 1;
          try {
            await checkLeft(story, cut.fs("checker"), done);
          } catch (error) {
            throw new Error(`power cut ${where}\n${cut.story()}`, { cause: error });
          }
        }
        try {
          await checkLeft(story, left.fs("checker"), done);
        } catch (error) {
          throw new Error(`killed ${where}`, { cause: error });
        }
      }
    },
  );
});
