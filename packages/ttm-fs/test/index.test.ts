import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  type FileSystem,
  isSystemError,
  nodeFileSystem,
  removeTree,
  writeAll,
} from "@tetra/durable-fs";
import { countingFileSystem, simulatedDisk } from "@tetra/durable-fs/testing";
import { isTetraError } from "@tetra/errors";
import { type ListQuery, newestFirst, type TransactionState } from "@tetra/tts-core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openFolderStore } from "../src/folder-store.ts";
import type { FolderStore, Progress } from "../src/store-api.ts";
import {
  AT_MS,
  bytesOf,
  managerOf,
  openStore,
  temporaryFolder,
  temporaryStore,
} from "./temporary-store.ts";

const CACHE_FILES = ["base", "marks", "marks.old", "names", "lock", "clock", "base.new"];
const STAGES = ["NEW", "SELECT", "EXECUTE", "DONE", "FAIL"];

/** What a list must be: every transaction as it is when it is loaded. */
async function truthOf(store: FolderStore): Promise<readonly TransactionState[]> {
  const ids = (await store.find("")).toSorted(newestFirst);
  return Promise.all(ids.map(async (id) => (await store.load(id)).state));
}

async function expectRightList(store: FolderStore): Promise<void> {
  const truth = await truthOf(store);
  expect(await store.list()).toEqual(truth);
  for (const stage of STAGES) {
    expect(await store.list({ stage })).toEqual(truth.filter((state) => state.stage === stage));
  }
}

function stateText(id: string, stage: string): string {
  return `${JSON.stringify({ txn_id: id, description: id, stage, target: "@local" }, undefined, 2)}\n`;
}

/** Makes a transaction as another tool does, in its place. */
function createForeign(root: string, id: string, stage = "NEW"): void {
  mkdirSync(join(root, id, "ctx"), { recursive: true });
  writeFileSync(join(root, id, "state.json"), stateText(id, stage));
  appendFileSync(
    join(root, id, "events.ndjson"),
    `{"ts":"2026-01-31T09:30:00Z","event":"txn_start","txn_id":"${id}","description":"${id}"}\n`,
  );
}

/** A store with 5 transactions in several stages, whose list was made. */
async function listedStore() {
  const made = await temporaryStore();
  for (const description of ["a", "b", "c", "d", "e"]) await made.manager.create({ description });
  await made.manager.transition("EXECUTE", "b-");
  await made.manager.commit("c-");
  await made.manager.fail("no", "d-");
  await expectRightList(made.store);
  return made;
}

describe("the list is right after", () => {
  it("a creation, a move, a commit", async () => {
    const { store, manager } = await listedStore();

    const { id } = await manager.create({ description: "new" });
    await expectRightList(store);
    await manager.transition("EXECUTE", id);
    await expectRightList(store);
    await manager.commit(id);
    await expectRightList(store);
  });

  it("the same by another store that is open beside it", async () => {
    const { store, folder } = await listedStore();
    const other = await openStore(folder);
    const manager = managerOf(other);

    for (const stage of ["SELECT", "EXECUTE", "VALIDATE"]) {
      await manager.transition(stage, "a-");
      await expectRightList(store);
      await manager.create({ description: stage });
      await expectRightList(store);
      await expectRightList(other);
    }
  });

  it("another tool made a folder, or removed one", async () => {
    const { store, folder } = await listedStore();

    createForeign(folder, "foreign-20260201T000000", "SELECT");
    await expectRightList(store);
    rmSync(join(folder, "foreign-20260201T000000"), { recursive: true });
    await expectRightList(store);
    expect(await store.list()).toHaveLength(5);
  });

  it("another tool made the folder first and what is in it later", async () => {
    const { store, folder } = await listedStore();
    const id = "slow-20260201T000000";

    mkdirSync(join(folder, id));
    // whenever the list is made anew or compared, there is nothing to list in it yet
    for (const query of [{}, { fresh: true }, {}, { fresh: true }]) {
      expect((await store.list(query)).map(({ txn_id }) => txn_id)).not.toContain(id);
    }
    writeFileSync(join(folder, id, "state.json"), stateText(id, "NEW"));

    expect((await store.list()).map(({ txn_id }) => txn_id)).toContain(id);
  });

  it("a folder was renamed by hand", async () => {
    const { store, folder } = await listedStore();
    const [first] = await store.find("a-");

    renameSync(join(folder, first ?? ""), join(folder, "renamed"));

    await expectRightList(store);
    expect((await store.list()).at(-1)?.txn_id).toBe("renamed");
  });

  it("archiving, pruning and restoring by another store", async () => {
    const { store, folder } = await listedStore();
    const other = await openStore(folder);
    const retention = { olderThanMs: 0, nowMs: AT_MS + 1 };

    const [archived = ""] = await other.archive({ ...retention, stages: ["DONE"] });
    await expectRightList(store);
    expect(await store.list({ stage: "DONE" })).toEqual([]);
    await other.restore(archived);
    await expectRightList(store);
    await other.prune(retention);
    await expectRightList(store);
    expect(await store.list()).toHaveLength(3);
  });

  it("another tool's edit inside a known folder: when it is asked to be fresh, or the transaction is touched", async () => {
    const { store, manager, folder } = await listedStore();
    const [a = ""] = await store.find("a-");
    const [e = ""] = await store.find("e-");
    // nothing is marked any more
    await store.list({ fresh: true });
    for (const id of [a, e]) writeFileSync(join(folder, id, "state.json"), stateText(id, "SELECT"));

    await manager.update(a, { touched: true });
    expect((await store.list({ stage: "SELECT" })).map(({ txn_id }) => txn_id)).toContain(a);
    expect(
      (await store.list({ fresh: true, stage: "SELECT" })).map(({ txn_id }) => txn_id),
    ).toContain(e);
    await expectRightList(store);
  });
});

describe("the index is only a cache", () => {
  it.each([...CACHE_FILES, "everything"])("%s may be deleted at any moment", async (name) => {
    const { store, manager, folder } = await listedStore();
    const path = join(folder, ".index", name === "everything" ? "" : name);

    rmSync(path, { recursive: true, force: true });
    await expectRightList(store);
    await manager.transition("SELECT", "a-");
    rmSync(path, { recursive: true, force: true });
    await expectRightList(store);
    await manager.transition("EXECUTE", "a-");
    await manager.create({ description: "f" });
    rmSync(path, { recursive: true, force: true });
    await manager.transition("EXECUTE", "e-");
    await expectRightList(store);
    await expectRightList(await openStore(folder));
  });

  it.each(CACHE_FILES)("%s may be garbage", async (name) => {
    const { store, manager, folder } = await listedStore();
    const path = join(folder, ".index", name);

    for (const garbage of ["", "\0\0\0\0", "{", "[]\n[]\n", '{"version":1}\n', "\xff\xfe\n\n\n"]) {
      await manager.transition("SELECT", "a-");
      writeFileSync(path, garbage, "latin1");
      await expectRightList(store);
      await manager.transition("EXECUTE", "a-");
      await expectRightList(store);
    }
    await expectRightList(await openStore(folder));
  });

  it("a base that was cut at any place is not believed", async () => {
    const { store, folder } = await listedStore();
    await store.list({ fresh: true });
    const truth = await truthOf(store);
    const path = join(folder, ".index/base");
    const whole = readFileSync(path);

    for (let at = 0; at < whole.length; at += 13) {
      writeFileSync(path, whole);
      truncateSync(path, at);
      expect(await store.list(), `cut at ${at}`).toEqual(truth);
    }
  });

  it("an old base that comes back beside newer marks is not believed", async () => {
    const { store, manager, folder } = await listedStore();
    const path = join(folder, ".index/base");
    const old = readFileSync(path);
    await manager.transition("SELECT", "a-");
    await store.list({ fresh: true });

    writeFileSync(path, old);

    await expectRightList(store);
  });

  it("a folder in the place of the cache, or a cache that cannot be written, only costs time", async () => {
    const { store, manager, folder } = await listedStore();

    rmSync(join(folder, ".index"), { recursive: true });
    writeFileSync(join(folder, ".index"), "in the way");
    await manager.transition("SELECT", "a-");
    await expectRightList(store);

    rmSync(join(folder, ".index"));
    mkdirSync(join(folder, ".index/base"), { recursive: true });
    mkdirSync(join(folder, ".index/marks"));
    await manager.transition("EXECUTE", "a-");
    await expectRightList(store);
  });

  it("is made anew after a reboot, for what was not flushed may be gone", async () => {
    const { store, manager, folder } = await listedStore();
    const old = join(temporaryFolder(), "index");
    await store.list({ fresh: true });
    cpSync(join(folder, ".index"), old, { recursive: true });
    await manager.transition("SELECT", "a-");
    await store.close();
    // the power cut brought back the index as it was, marks and all
    rmSync(join(folder, ".index"), { recursive: true });
    cpSync(old, join(folder, ".index"), { recursive: true });

    const jobs: Progress[] = [];
    const again = await openStore(
      folder,
      { onProgress: (progress) => jobs.push(progress) },
      { bootId: () => "next" },
    );

    await expectRightList(again);
    expect(jobs.some(({ job }) => job === "index")).toBe(true);
  });

  it("is of another store when the folder was copied, and is still right", async () => {
    const { folder } = await listedStore();
    const copy = join(temporaryFolder(), "txns");
    cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
    const store = await openStore(copy);

    await managerOf(store).transition("SELECT", "a-");

    await expectRightList(store);
  });

  it("saves reading: what was not touched is not opened again", async () => {
    const { store, folder } = await listedStore();
    for (let at = 0; at < 50; at += 1) await managerOf(store).create({ description: `more ${at}` });
    await store.list({ fresh: true });
    const { fs, counts } = countingFileSystem(nodeFileSystem());
    const reader = await openStore(folder, { fs });
    const before = counts.open;

    expect(await reader.list()).toHaveLength(55);

    expect(counts.open - before).toBeLessThan(10);
  });

  it("says how far it is while it is made", async () => {
    const { folder } = await listedStore();
    rmSync(join(folder, ".index"), { recursive: true });
    const told: Progress[] = [];
    const store = await openStore(folder, { onProgress: (progress) => told.push(progress) });

    await store.list();

    expect(told.at(-1)).toEqual({ job: "index", done: 5, total: 5 });
  });

  it(
    "renews its base from the marks when there are many, also beside another store",
    { timeout: 60_000 },
    async () => {
      const { store, folder } = await temporaryStore();
      const other = await openStore(folder);
      const base = join(folder, ".index/base");
      await store.list();
      const before = readFileSync(base, "utf8").split("\n")[0];

      const make = (label: string, from: FolderStore) =>
        Promise.all(
          Array.from({ length: 300 }, (_, at) =>
            managerOf(from).create({ description: `${label} ${at}` }),
          ),
        );
      await make("one", store);
      await make("two", other);
      await expectRightList(store);

      expect(readFileSync(base, "utf8").split("\n")[0]).not.toBe(before);
      await managerOf(other).transition("EXECUTE", "one-7-");
      await expectRightList(store);
      await expectRightList(other);
      expect(existsSync(join(folder, ".index/marks.old"))).toBe(false);
      expect(
        readdirSync(join(folder, ".index")).filter((name) => !CACHE_FILES.includes(name)),
      ).toEqual([]);
    },
  );
});

type Step =
  | { readonly do: "create" | "reopen"; readonly store: number }
  | { readonly do: "list"; readonly store: number; readonly fresh: boolean }
  | { readonly do: "list stage"; readonly store: number; readonly stage: string }
  | {
      readonly do: "transition";
      readonly store: number;
      readonly nth: number;
      readonly stage: string;
    }
  | { readonly do: "foreign create"; readonly stage: string }
  | { readonly do: "foreign remove"; readonly nth: number }
  | { readonly do: "delete" | "corrupt"; readonly file: string };

const store = fc.nat({ max: 1 });
const nth = fc.nat({ max: 50 });
const stage = fc.constantFrom(...STAGES);
const file = fc.constantFrom(...CACHE_FILES);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("create" as const), store }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("list" as const), store, fresh: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("list stage" as const), store, stage }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("transition" as const), store, nth, stage }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("foreign create" as const), stage }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("foreign remove" as const), nth }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("delete" as const, "corrupt" as const), file }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reopen" as const), store }) },
);

interface World {
  readonly fs: FileSystem;
  readonly root: string;
  readonly open: () => Promise<FolderStore>;
}

function writeNew(fs: FileSystem, path: string, text: string): void {
  const fd = fs.open(path, "append");
  fs.truncate(fd, 0);
  writeAll(fs, fd, bytesOf(text));
  fs.close(fd);
}

/** Does something to the files of the cache, if they are there. */
function disturb(
  { fs, root }: World,
  { do: what, file: name }: Extract<Step, { file: string }>,
): void {
  try {
    if (what === "delete") fs.removeFile(join(root, ".index", name));
    else writeNew(fs, join(root, ".index", name), '{"version":1,"garbage');
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}

/** Fails when a list is not what loading everything says. */
async function checkList(listing: FolderStore, query: ListQuery): Promise<void> {
  const listed = await listing.list(query);
  const truth = await truthOf(listing);
  expect(listed).toEqual(
    truth.filter((state) => query.stage === undefined || state.stage === query.stage),
  );
}

/** Takes all steps with two stores on one folder; each list must be what loading everything says. */
async function takeSteps(world: World, steps: readonly Step[]): Promise<void> {
  const { fs, root } = world;
  const stores = [await world.open(), await world.open()] as const;
  const using = [...stores];
  const at = (index: number): FolderStore => using[index] ?? stores[0];
  await at(0).init();
  const choose = async (index: number): Promise<string | undefined> => {
    const ids = await at(0).find("");
    return ids[index % Math.max(ids.length, 1)];
  };
  for (const [count, taken] of steps.entries()) {
    switch (taken.do) {
      case "create":
        await managerOf(at(taken.store)).create({ description: `t${count}` });
        break;
      case "transition": {
        const id = await choose(taken.nth);
        // what is final stays, and what another tool removed cannot move
        await managerOf(at(taken.store)).transition(taken.stage, id).catch(ignoreRefusal);
        break;
      }
      case "foreign create": {
        const id = `foreign${count}-20260101T000000`;
        fs.makeFolder(join(root, id));
        writeNew(fs, join(root, id, "state.json"), stateText(id, taken.stage));
        break;
      }
      case "foreign remove": {
        const id = await choose(taken.nth);
        if (id !== undefined) removeTree(fs, join(root, id));
        break;
      }
      case "delete":
      case "corrupt":
        disturb(world, taken);
        break;
      case "reopen":
        await at(taken.store).close();
        using[taken.store] = await world.open();
        break;
      case "list":
        await checkList(at(taken.store), { fresh: taken.fresh });
        break;
      case "list stage":
        await checkList(at(taken.store), { stage: taken.stage });
        break;
    }
  }
  for (const opened of using) {
    await checkList(opened, {});
    await opened.close();
  }
}

function ignoreRefusal(error: unknown): void {
  if (!isTetraError(error)) throw error;
}

describe("whatever is done, and whatever happens to the cache, the list is what loading everything says", () => {
  const steps = fc.array(step, { minLength: 5, maxLength: 40 });

  it("on a real disk, two stores at once", { timeout: 120_000 }, async () => {
    const home = temporaryFolder();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const root = join(home, `${(runs += 1)}`);
        await takeSteps(
          { fs: nodeFileSystem(), root, open: () => openFolderStore({ folder: root }) },
          taken,
        );
        rmSync(root, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });

  it.each([1, 4, 40])(
    "on a disk whose clock moves once in %d changes",
    { timeout: 120_000 },
    async (coarse) => {
      await fc.assert(
        fc.asyncProperty(steps, async (taken) => {
          let changes = 0;
          const disk = simulatedDisk({ nowMs: () => Math.floor((changes += 1) / coarse) });
          let opened = 0;
          const open = () => openFolderStore({ folder: "/txns", fs: disk.fs(`p${(opened += 1)}`) });
          await takeSteps({ fs: disk.fs("foreign"), root: "/txns", open }, taken);
        }),
        { numRuns: 100 },
      );
    },
  );
});
