import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type FileSystem,
  nodeFileSystem,
  readFile,
  systemError,
  tryLockFile,
} from "@tetra/durable-fs";
import { SimulatedCrash, type SimulatedDisk } from "@tetra/durable-fs/testing";
import { newEvent } from "@tetra/tts-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { openFolderStore } from "../src/folder-store.ts";
import type { FolderStore } from "../src/store-api.ts";
import { FOLLOWER_LOCK } from "../src/followers.ts";
import { openSimulated, ROOT } from "./invariants.ts";
import { diskBefore, runStory, STORIES } from "./scenarios.ts";
import { AT_MS, managerOf, openStore, temporaryStore } from "./temporary-store.ts";

const setting = (changes: Record<string, unknown>) => newEvent("txn_update", AT_MS, { changes });

/** What happens only when a test says so: the slow look of those who follow. */
interface Looks {
  readonly later: (run: () => void) => () => void;
  readonly now: () => void;
}

function slowLooks(): Looks {
  let due: (() => void)[] = [];
  return {
    later(run) {
      due.push(run);
      return () => {
        due = due.filter((other) => other !== run);
      };
    },
    now() {
      const runs = due;
      due = [];
      for (const run of runs) run();
    },
  };
}

/** Follows a store; ends with the test. */
function follow(store: FolderStore): { readonly comes: (id: string) => Promise<void> } {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const changes = store.changes({ signal: abort.signal })[Symbol.asyncIterator]();
  let coming = changes.next();
  return {
    async comes(id) {
      for (;;) {
        const { value, done } = await coming;
        if (done === true) throw new Error("it ended");
        coming = changes.next();
        if (value === id) return;
      }
    },
  };
}

function followFiles(folder: string): readonly string[] {
  return existsSync(join(folder, ".follow")) ? readdirSync(join(folder, ".follow")) : [];
}

/** Whether the process that has this file system can be told by the kernel what changes. */
const withoutWatch = (watch: FileSystem["watch"]): FileSystem => ({ ...nodeFileSystem(), watch });

/** Turns of the event loop: enough for everything in memory to come to rest. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("who follows all transactions", () => {
  it("has a file while it follows, and leaves nothing behind", async () => {
    const { folder, store, manager } = await temporaryStore();
    const following = follow(store);
    expect(followFiles(folder)).toHaveLength(1);

    const { id } = await manager.create({ description: "deploy" });

    await following.comes(id);
    await store.close();
    expect(existsSync(join(folder, ".follow"))).toBe(false);
  });

  it("costs nobody a file when nobody does", async () => {
    const { folder, manager } = await temporaryStore();

    await manager.create({ description: "deploy" });

    expect(existsSync(join(folder, ".follow"))).toBe(false);
  });

  it("needs a store that may write", async () => {
    const { folder } = await temporaryStore();
    const reader = await openStore(folder, { mode: "read" });

    await expect(follow(reader).comes("x")).rejects.toMatchObject({ code: "READ_ONLY" });
  });

  it.each([
    ["tells nothing", () => () => undefined],
    [
      "has no more watches",
      () => {
        throw systemError("ENOSPC", "watch");
      },
    ],
  ])("hears of changes, slowly, where the kernel %s", async (_, watch) => {
    const { folder, manager } = await temporaryStore();
    const looks = slowLooks();
    const other = await openFolderStore(
      { folder, fs: withoutWatch(watch) },
      { later: looks.later },
    );
    onTestFinished(() => other.close());
    const following = follow(other);
    const { id } = await manager.create({ description: "deploy" });

    looks.now();

    await expect(following.comes(id)).resolves.toBeUndefined();
  });

  it("brings every id when its file was removed, and goes on following", async () => {
    const { folder, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "deploy" });
    const looks = slowLooks();
    const other = await openStore(folder, {}, { later: looks.later });
    const following = follow(other);
    rmSync(join(folder, ".follow"), { recursive: true });
    await manager.transition("EXECUTE", id);

    looks.now();

    await following.comes(id);
    const next = await manager.create({ description: "next" });
    await expect(following.comes(next.id)).resolves.toBeUndefined();
  });

  it("brings every id when a writer cannot tell it, or somebody wrote garbage", async () => {
    const { folder, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "deploy" });
    const other = await openStore(folder);
    const following = follow(other);
    const [name = ""] = followFiles(folder);

    writeFileSync(join(folder, ".follow", name), "what is this?\n", { flag: "a" });

    await expect(following.comes(id)).resolves.toBeUndefined();
  });

  it("is told again when a writer could not write to its file", async () => {
    const { folder, store: reader } = await temporaryStore();
    const looks = slowLooks();
    const other = await openStore(folder, {}, { later: looks.later });
    const following = follow(other);
    const real = nodeFileSystem();
    const full: FileSystem = {
      ...real,
      open(path, mode) {
        if (path.includes("/.follow/")) throw systemError("EMFILE", "open", path);
        return real.open(path, mode);
      },
    };
    const writer = managerOf(await openStore(folder, { fs: full }));
    const { id } = await writer.create({ description: "deploy" });

    looks.now();

    await following.comes(id);
    expect(await reader.find("")).toEqual([id]);
  });

  it("replaces a file that has grown, and misses nothing around it", async () => {
    const { folder, store, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "deploy" });
    const other = await openStore(folder);
    const following = follow(other);
    const [name = ""] = followFiles(folder);
    const path = join(folder, ".follow", name);
    writeFileSync(path, `${JSON.stringify({ changed: "x" })}\n`.repeat(70_000), { flag: "a" });
    await following.comes("x");

    for (let revision = 1; revision < 20; revision += 1) {
      await store.append(id, revision, [setting({ revision })]);
      await following.comes(id);
    }

    expect(nodeFileSystem().stat(path)?.size).toBeLessThan(10_000);
  });
});

describe("a follower's file that is replaced while somebody writes to it", () => {
  const large = `${JSON.stringify({ changed: "x" })}\n`.repeat(70_000);

  it("is read to its end", async () => {
    const { folder } = await temporaryStore();
    const looks = slowLooks();
    const real = nodeFileSystem();
    const last: FileSystem = {
      ...real,
      watch: () => () => undefined,
      rename(from, to) {
        if (existsSync(to)) writeFileSync(to, '{"changed":"last"}\n', { flag: "a" });
        real.rename(from, to);
      },
    };
    const following = follow(await openStore(folder, { fs: last }, { later: looks.later }));
    const [name = ""] = followFiles(folder);
    writeFileSync(join(folder, ".follow", name), large, { flag: "a" });

    looks.now();

    await expect(following.comes("last")).resolves.toBeUndefined();
  });

  it("is written to anew", async () => {
    const { folder, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "deploy" });
    const looks = slowLooks();
    const deaf = withoutWatch(() => () => undefined);
    const following = follow(await openStore(folder, { fs: deaf }, { later: looks.later }));
    const path = join(folder, ".follow", followFiles(folder)[0] ?? "");
    const real = nodeFileSystem();
    const old = real.stat(path)?.inode;
    const late: FileSystem = {
      ...real,
      write(fd, bytes, position) {
        const isLast = new TextDecoder().decode(bytes) === `{"changed":"${id}"}\n`;
        if (isLast && real.statOpen(fd).inode === old) {
          writeFileSync(path, large, { flag: "a" });
          looks.now();
        }
        return real.write(fd, bytes, position);
      },
    };

    await managerOf(await openStore(folder, { fs: late })).transition("EXECUTE", id);

    const told = new TextDecoder().decode(readFile(real, path));
    expect(told).toBe(`{"changed":"${id}"}\n`);
    looks.now();
    await expect(following.comes(id)).resolves.toBeUndefined();
  });
});

describe("the file of a follower that was killed", () => {
  it("is removed by the next writer, and by recover", async () => {
    const { folder, store, manager } = await temporaryStore();
    const dead = join(folder, ".follow", "dead");
    const leave = (): void => {
      nodeFileSystem().makeFolder(join(folder, ".follow"));
      writeFileSync(dead, "");
    };
    leave();

    await manager.create({ description: "deploy" });
    expect(followFiles(folder)).toEqual([]);

    writeFileSync(dead, "");
    expect(await store.diagnose()).toContainEqual(
      expect.objectContaining({ level: "warning", what: `a dead process left ${dead}` }),
    );
    expect((await store.recover()).swept).toEqual([dead]);
    expect(existsSync(dead)).toBe(false);
  });

  it("is kept while it lives", async () => {
    const { folder, store, manager } = await temporaryStore();
    const other = await openStore(folder);
    const following = follow(other);
    const hidden = tryLockFile(nodeFileSystem(), join(folder, ".follow/.new"), FOLLOWER_LOCK);

    await store.recover();

    expect(followFiles(folder)).toHaveLength(2);
    hidden?.release();
    const { id } = await manager.create({ description: "deploy" });
    await expect(following.comes(id)).resolves.toBeUndefined();
  });
});

describe("a writer that is killed anywhere", () => {
  /** What another process knows of each log: how many lines it had when its id came. */
  async function followed(disk: SimulatedDisk): Promise<{
    readonly lines: ReadonlyMap<string, number>;
    readonly store: FolderStore;
    readonly looks: Looks;
    readonly abort: AbortController;
  }> {
    const looks = slowLooks();
    const store = await openFolderStore(
      { folder: ROOT, fs: disk.fs("follower") },
      { random: () => "follower", later: looks.later, bootId: () => "boot-1" },
    );
    const abort = new AbortController();
    const lines = new Map<string, number>();
    void (async () => {
      for await (const id of store.changes({ signal: abort.signal })) {
        lines.set(id, (await store.read(id).catch(() => [])).length);
      }
    })();
    return { lines, store, looks, abort };
  }

  // what a tool without a store writes need not be heard
  it.each(STORIES.filter(({ name }) => !name.startsWith("lines of another tool")))(
    "leaves no change unheard: $name",
    { timeout: 60_000 },
    async (story) => {
      const start = await diskBefore(story);
      const before = await openSimulated(start.clone().fs("before"), { mode: "read" });
      const known = new Map<string, number>();
      for (const id of await before.find("")) known.set(id, (await before.read(id)).length);
      let point = 0;
      for (let hit = true; hit; point += 1) {
        const disk = start.clone();
        const { lines, store, looks, abort } = await followed(disk);
        let at = 0;
        hit = false;
        disk.failWhen(({ process, changes }) => {
          if (process === "writer" && changes && at++ === point) {
            hit = true;
            disk.kill("writer");
            throw new SimulatedCrash("writer");
          }
          return undefined;
        });
        await runStory(story, disk.fs("writer"), () => undefined).catch((error: unknown) => {
          if (!(error instanceof SimulatedCrash)) throw error;
        });
        disk.failWhen(undefined);
        disk.kill("writer");
        await rest();
        for (const _ of [1, 2]) {
          looks.now();
          await rest();
        }

        for (const id of await store.find("")) {
          const there = (await store.read(id)).length;
          expect(lines.get(id) ?? known.get(id), `${id}, killed at ${point}`).toBe(there);
        }
        // what its journal still holds is told of by whoever puts it into the logs
        const third = await openSimulated(disk.fs("third"), { seed: "third" });
        await rest();
        for (const id of await third.find("")) {
          const there = (await third.read(id)).length;
          expect(lines.get(id) ?? known.get(id), `${id}, after ${point}`).toBe(there);
        }
        abort.abort();
        await rest();
      }
      expect(point).toBeGreaterThan(5);
    },
  );
});
