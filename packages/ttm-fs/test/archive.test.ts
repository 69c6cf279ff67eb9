import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  type FileSystem,
  isSystemError,
  nodeFileSystem,
  readFile,
  tryLockFile,
} from "@tetra/durable-fs";
import { crashStates, simulatedDisk, type SimulatedDisk } from "@tetra/durable-fs/testing";
import { isTetraError } from "@tetra/errors";
import { newEvent } from "@tetra/tts-core";
import { describe, expect, it } from "vitest";
import { openFolderStore } from "../src/folder-store.ts";
import { APPEND_LOCK } from "../src/layout.ts";
import type { FolderStore } from "../src/store-api.ts";
import {
  AT_MS,
  bytesOf,
  managerOf,
  noteOf,
  openStore,
  temporaryFolder,
  temporaryStore,
  treeOf,
} from "./temporary-store.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const AT_ONCE = { olderThanMs: 0, nowMs: AT_MS };
const PUT_AWAY = ["archive", "prune"] as const;
const never = () => () => undefined;

/** A store with a finished transaction of each kind, and an open one; ids by description. */
async function finishedStore() {
  const made = await temporaryStore();
  const ids: Record<string, string> = {};
  for (const description of ["done", "failed", "open"]) {
    ids[description] = (await made.manager.create({ description })).id;
  }
  const { done = "", failed = "", open = "" } = ids;
  await made.manager.commit(done);
  await made.manager.fail("no luck", failed);
  await made.manager.transition("EXECUTE", open);
  return { ...made, done, failed, open };
}

function logIn(folder: string, id: string): string {
  return gunzipSync(readFileSync(join(folder, ".archive", `${id}.ndjson.gz`))).toString();
}

describe.each(PUT_AWAY)("%s", (putAway) => {
  it("puts finished transactions away, and says which; open ones stay", async () => {
    const { store, done, failed, open } = await finishedStore();

    const ids = await store[putAway](AT_ONCE);

    expect(ids.toSorted()).toEqual([done, failed]);
    expect(await store.find("")).toEqual([open]);
    expect((await store.list()).map(({ txn_id }) => txn_id)).toEqual([open]);
    await expect(store.load(done)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("leaves what ended too short a time ago", async () => {
    const { store, done, failed } = await finishedStore();
    const retention = { olderThanMs: DAY_MS, nowMs: AT_MS + DAY_MS - 1 };

    expect(await store[putAway](retention)).toEqual([]);
    expect((await store[putAway]({ ...retention, nowMs: AT_MS + DAY_MS })).toSorted()).toEqual([
      done,
      failed,
    ]);
  });

  it("takes only the stages that are asked for, and never open ones", async () => {
    const { store, failed } = await finishedStore();

    expect(await store[putAway]({ ...AT_ONCE, stages: ["EXECUTE", "NEW"] })).toEqual([]);
    expect(await store[putAway]({ ...AT_ONCE, stages: ["FAIL", "EXECUTE"] })).toEqual([failed]);
  });

  it("only says which when it is asked to", async () => {
    const { store, folder, done, failed } = await finishedStore();
    await store.list();
    const before = treeOf(folder);

    const ids = await store[putAway]({ ...AT_ONCE, dryRun: true });

    expect(ids.toSorted()).toEqual([done, failed]);
    expect(Object.keys(treeOf(folder))).toEqual(Object.keys(before));
  });

  it("makes none active when it puts the active one away, and leaves another one active", async () => {
    const { store, folder, done, open } = await finishedStore();
    await store.activate(done);
    await store[putAway]({ ...AT_ONCE, stages: ["FAIL"] });
    expect(await store.active()).toBe(done);

    await store[putAway](AT_ONCE);
    expect(await store.active()).toBeUndefined();
    expect(existsSync(join(folder, "active"))).toBe(false);

    await store.activate(open);
    await store[putAway](AT_ONCE);
    expect(await store.active()).toBe(open);
  });

  it("does not touch what a runner holds, of this store or of another", async () => {
    const { store, folder, done, failed } = await finishedStore();
    const other = await openStore(folder);
    const ours = await store.lease(done, { name: "ours", atMs: AT_MS });
    const theirs = await other.lease(failed, { name: "theirs", atMs: AT_MS });

    expect(await store[putAway](AT_ONCE)).toEqual([]);

    await ours.release();
    await theirs.release();
    expect((await store[putAway](AT_ONCE)).toSorted()).toEqual([done, failed]);
  });

  it("does not touch what somebody writes to", async () => {
    const { store, folder, done, failed } = await finishedStore();
    const lock = tryLockFile(nodeFileSystem(), join(folder, done, "locks/txn"), APPEND_LOCK);

    expect(await store[putAway](AT_ONCE)).toEqual([failed]);
    lock?.release();
    expect(await store[putAway](AT_ONCE)).toEqual([done]);
  });

  it("does not touch what another writer's journal names, alive or dead", async () => {
    const { store, folder, done, failed, open } = await finishedStore();
    const other = await openStore(folder, {}, { later: never });
    const note = newEvent("txn_update", AT_MS, { changes: { noted: true } });
    const revisions = await Promise.all(
      [done, open].map(async (id) => (await other.load(id)).revision),
    );
    await Promise.all([done, open].map((id, at) => other.append(id, revisions[at] ?? 0, [note])));
    expect(readdirSync(join(folder, ".journal"))).toHaveLength(1);

    expect(await store[putAway](AT_ONCE)).toEqual([failed]);

    await other.close();
    expect(await store[putAway](AT_ONCE)).toEqual([done]);
  });

  it("puts away what this very store has just written together with others", async () => {
    const { store, manager, folder } = await temporaryStore();
    const made = await Promise.all(
      ["a", "b", "c"].map((description) => manager.create({ description })),
    );
    await Promise.all(made.map(({ id }) => manager.commit(id)));

    expect(await store[putAway](AT_ONCE)).toHaveLength(3);

    expect(readdirSync(join(folder, ".journal"))).toEqual([]);
    expect(readdirSync(join(folder, ".new"))).toEqual([]);
    expect(await store.find("")).toEqual([]);
  });

  it("leaves the id taken, so that no later transaction's log replaces the one that was put away", async () => {
    const { store, manager, done } = await finishedStore();
    await store[putAway](AT_ONCE);

    const again = await manager.create({ description: "done" });

    expect(again.id).toBe(`${done}-2`);
  });

  it("with two stores at once each is put away once, and nothing is lost", async () => {
    const { store, folder, done, failed } = await finishedStore();
    const other = await openStore(folder);

    const [ours, theirs] = await Promise.all([store[putAway](AT_ONCE), other[putAway](AT_ONCE)]);

    expect([...ours, ...theirs].toSorted()).toEqual([done, failed]);
    expect((await store.list()).map(({ stage }) => stage)).toEqual(["EXECUTE"]);
  });
});

describe("an archive", () => {
  /** A finished transaction that has everything in it that a folder can hold. */
  async function richStore() {
    const { home, folder, store, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "rich" });
    const source = join(home, "source");
    mkdirSync(join(source, "empty folder"), { recursive: true });
    writeFileSync(join(source, "empty file"), "");
    writeFileSync(join(source, "two\nlines"), "newline in the name");
    symlinkSync("../../../elsewhere", join(source, "link"));
    symlinkSync("dangling", join(source, "日本語"));
    await manager.addContext({ source: { path: source }, description: "folder" }, id);
    const large = Uint8Array.from({ length: 3_000_000 }, (_, at) => (at * 7919) % 251);
    await manager.addContext(
      { source: { bytes: large, name: "large.bin" }, description: "large" },
      id,
    );
    await store.putArtifact(id, `${"deep/".repeat(30)}${"n".repeat(120)}.txt`, bytesOf("deep"));
    await store.putArtifact(
      id,
      "--checkpoint-action=exec=sh",
      bytesOf("an option to a careless tar"),
    );
    await store.putArtifact(id, "block", new Uint8Array(512));
    writeFileSync(join(folder, id, "build", "half-built.o"), "x".repeat(511), { mode: 0o600 });
    writeFileSync(join(folder, id, "build", "tool"), "#!/bin/sh\n", { mode: 0o700 });
    await manager.fail("for a reason", id);
    await store.recover();
    return { home, folder, store, id };
  }

  it("restores to what was archived, byte for byte", async () => {
    const { folder, store, id } = await richStore();
    const before = treeOf(join(folder, id));
    const [state, lines] = [await store.load(id), await store.read(id)];
    const digest = await store.contextDigest(id);

    await store.archive(AT_ONCE);
    expect(await store.archived()).toEqual([id]);
    expect(existsSync(join(folder, id))).toBe(false);
    await store.restore(id);

    expect(treeOf(join(folder, id))).toEqual(before);
    expect([await store.load(id), await store.read(id)]).toEqual([state, lines]);
    expect(await store.contextDigest(id)).toBe(digest);
    expect(await store.archived()).toEqual([]);
    expect((await store.list()).map(({ txn_id }) => txn_id)).toEqual([id]);
    expect(readdirSync(join(folder, ".new"))).toEqual([]);
  });

  it("is a file that tar can list and unpack", async () => {
    const { home, folder, store, id } = await richStore();
    const before = treeOf(join(folder, id));
    await store.archive(AT_ONCE);
    const archive = join(folder, ".archive", `${id}.tar.gz`);
    const unpacked = join(home, "unpacked");
    mkdirSync(unpacked);

    const listed = execFileSync("tar", ["tzf", archive]).toString().split("\n");
    execFileSync("tar", ["xzpf", archive, "-C", unpacked]);

    expect(listed).toEqual(
      expect.arrayContaining([
        "events.ndjson",
        "state.json",
        "ctx/000_policy.md",
        "build/half-built.o",
      ]),
    );
    const withoutLocks = Object.entries(before).filter(([path]) => !path.startsWith("locks/"));
    expect(treeOf(unpacked)).toEqual(Object.fromEntries(withoutLocks));
  });

  it("made by tar of a folder can be restored too", async () => {
    const { folder, store, manager, done } = await finishedStore();
    await store.archive(AT_ONCE);
    const archive = join(folder, ".archive", `${done}.tar.gz`);
    await store.restore(done);
    const before = treeOf(join(folder, done));
    execFileSync("tar", ["czf", archive, "-C", join(folder, done), "."]);
    execFileSync("rm", ["-r", join(folder, done)]);

    await store.restore(done);

    expect(treeOf(join(folder, done))).toEqual(before);
    await expect(manager.transition("EXECUTE", done)).rejects.toMatchObject({
      code: "INVALID_STAGE",
    });
  });

  it("does not replace a transaction that is there, and must be there itself", async () => {
    const { store, manager, done } = await finishedStore();
    await store.archive(AT_ONCE);
    await store.restore(done);

    await expect(store.restore(done)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await store.archive(AT_ONCE);
    const { id } = await manager.create({ description: "other" });
    await expect(store.restore(id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await store.restore(done);
    await expect(store.restore("nobody-20260101T000000")).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("whose names lead out of the folder is refused, and nothing stays", async () => {
    const { home, folder, store, done } = await finishedStore();
    await store.archive(AT_ONCE);
    writeFileSync(join(home, "evil"), "evil");
    const archive = join(folder, ".archive", `${done}.tar.gz`);
    execFileSync("tar", ["czPf", archive, "-C", folder, "../evil"]);
    const before = treeOf(home);

    await expect(store.restore(done)).rejects.toMatchObject({ code: "IO" });

    expect(treeOf(home)).toEqual(before);
  });

  it("with a link and then a file behind it is refused, and nothing is written outside", async () => {
    const { home, folder, store, done } = await finishedStore();
    await store.archive(AT_ONCE);
    const [outside, evil] = [join(home, "outside"), join(home, "evil")];
    mkdirSync(outside);
    mkdirSync(join(evil, "ctx"), { recursive: true });
    writeFileSync(join(evil, "ctx/file"), "evil");
    const archive = join(folder, ".archive", `${done}.tar`);
    symlinkSync(outside, join(evil, "link"));
    execFileSync("tar", ["cf", archive, "-C", evil, "--transform=s/link/ctx/", "link", "ctx/file"]);
    execFileSync("gzip", ["-f", archive]);

    await store.restore(done).catch(() => undefined);

    expect(readdirSync(outside)).toEqual([]);
  });

  it("that is damaged is refused, stays, and leaves nothing half restored", async () => {
    const { folder, store, done, open } = await finishedStore();
    await store.archive(AT_ONCE);
    const archive = join(folder, ".archive", `${done}.tar.gz`);
    const whole = readFileSync(archive);

    for (const damaged of [
      whole.subarray(0, whole.length >> 1),
      Buffer.from("not packed"),
      Buffer.alloc(0),
    ]) {
      writeFileSync(archive, damaged);
      await expect(store.restore(done)).rejects.toSatisfy((error) => isTetraError(error));
      expect(await store.find("")).toEqual([open]);
      expect(readdirSync(join(folder, ".new"))).toEqual([]);
    }
    writeFileSync(archive, whole);
    await store.restore(done);
    expect((await store.load(done)).state.stage).toBe("DONE");
  });
});

describe("pruning", () => {
  it("keeps the log, packed, and nothing else", async () => {
    const { store, folder, done, failed } = await finishedStore();
    const logs = [done, failed].map((id) => readFileSync(store.paths(id).log, "utf8"));

    await store.prune(AT_ONCE);

    expect([done, failed].map((id) => logIn(folder, id))).toEqual(logs);
    expect(readdirSync(join(folder, ".archive")).toSorted()).toEqual([
      `${done}.ndjson.gz`,
      `${failed}.ndjson.gz`,
    ]);
    expect(await store.archived()).toEqual([]);
  });

  it("takes archives that are old enough too", async () => {
    const { store, folder, done, failed } = await finishedStore();
    const log = readFileSync(store.paths(done).log, "utf8");
    await store.archive(AT_ONCE);
    for (const id of [done, failed]) {
      const days = id === done ? 3 : 1;
      utimesSync(join(folder, ".archive", `${id}.tar.gz`), 0, (AT_MS - days * DAY_MS) / 1000);
    }
    const retention = { olderThanMs: 2 * DAY_MS, nowMs: AT_MS };

    expect(await store.prune({ ...retention, dryRun: true })).toEqual([done]);
    expect(await store.archived()).toEqual([done, failed]);
    expect(await store.prune(retention)).toEqual([done]);

    expect(await store.archived()).toEqual([failed]);
    expect(logIn(folder, done)).toBe(log);
  });
});

/** Every log line of a finished transaction, wherever it is now. */
async function logAnywhere(fs: FileSystem, store: FolderStore, id: string): Promise<string> {
  const packed = join(store.folder, ".archive", `${id}.ndjson.gz`);
  const here = await store.read(id).catch((error: unknown) => {
    if (!isTetraError(error, "NOT_FOUND")) throw error;
    return undefined;
  });
  if (here !== undefined) return here.map(({ text }) => `${text}\n`).join("");
  if ((await store.archived()).includes(id)) {
    await store.restore(id);
    return (await store.read(id)).map(({ text }) => `${text}\n`).join("");
  }
  try {
    return gunzipSync(readFile(fs, packed)).toString();
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return "nowhere";
    throw error;
  }
}

describe("a power cut or a kill while putting away", () => {
  const ID = "deploy-20260131T093000";

  async function diskWithFinished(): Promise<{ disk: SimulatedDisk; log: string }> {
    const disk = simulatedDisk();
    const store = await openFolderStore(
      { folder: "/txns", fs: disk.fs("before") },
      { later: never },
    );
    const manager = managerOf(store);
    await manager.create({ description: "deploy" });
    await manager.addContext({ source: noteOf("x".repeat(2000)), description: "note" });
    await manager.commit();
    const log = (await store.read(ID)).map(({ text }) => `${text}\n`).join("");
    await store.close();
    disk.kill("before");
    return { disk: disk.clone(), log };
  }

  it.each([
    ["archive", async (store: FolderStore) => void (await store.archive(AT_ONCE))],
    ["prune", async (store: FolderStore) => void (await store.prune(AT_ONCE))],
    [
      "archive, restore, archive and prune",
      async (store: FolderStore) => {
        await store.archive(AT_ONCE);
        await store.restore(ID);
        await store.archive(AT_ONCE);
        await store.prune({ olderThanMs: 0, nowMs: AT_MS * 2 });
      },
    ],
  ])(
    "%s: the log is always in one of its places, and the next one finishes",
    { timeout: 120_000 },
    async (_name, run) => {
      const { disk, log } = await diskWithFinished();
      let states = 0;
      let disks = 0;
      for await (const crash of crashStates({
        disk,
        run: async (fs) => {
          const store = await openFolderStore(
            { folder: "/txns", fs },
            { later: never, nowMs: () => AT_MS },
          );
          await run(store);
          await store.close();
        },
      })) {
        states += 1;
        for (const left of [crash.disk.clone(), ...crash.disk.powerCuts({ limit: 10 })]) {
          disks += 1;
          const told = `${crash.story}\n${left.story()}`;
          const fs = left.fs("after");
          const store = await openFolderStore(
            { folder: "/txns", fs },
            { bootId: () => "next", later: never },
          );
          await store.recover();
          expect(
            (await store.list()).map(({ txn_id }) => txn_id),
            told,
          ).toEqual(await store.find(""));
          expect(await logAnywhere(fs, store, ID), told).toBe(log);
          await store.prune({ olderThanMs: 0, nowMs: AT_MS * 2 });
          expect(await store.find(""), told).toEqual([]);
          expect(gunzipSync(readFile(fs, `/txns/.archive/${ID}.ndjson.gz`)).toString(), told).toBe(
            log,
          );
          expect(fs.names("/txns/.new"), told).toEqual([]);
          expect(fs.names("/txns/.archive"), told).toEqual([`${ID}.ndjson.gz`]);
          await store.close();
        }
      }
      expect(states).toBeGreaterThan(15);
      console.info(`${states} crash points, ${disks} disks`);
    },
  );

  it.each(["write", "flush", "rename"])(
    "a %s that fails leaves the transaction where it is",
    async (name) => {
      const { disk, log } = await diskWithFinished();
      for (const code of ["ENOSPC", "EIO"]) {
        const copy = disk.clone();
        const store = await openFolderStore({ folder: "/txns", fs: copy.fs() }, { later: never });
        copy.failWhen((operation) => (operation.name.startsWith(name) ? code : undefined));

        for (const putAway of PUT_AWAY) {
          await expect(store[putAway](AT_ONCE)).rejects.toMatchObject({ code: "IO" });
        }
        copy.failWhen(undefined);

        expect(await logAnywhere(copy.fs(), store, ID)).toBe(log);
        expect(await store.archive(AT_ONCE)).toEqual([ID]);
        expect(copy.fs().names("/txns/.archive")).toEqual([`${ID}.tar.gz`]);
        await store.close();
      }
    },
  );

  it("a disk that is full in the middle of packing or unpacking is told of, and nothing stays", async () => {
    const { disk, log } = await diskWithFinished();
    const fs = disk.fs();
    const store = await openFolderStore({ folder: "/txns", fs }, { later: never });
    const noise = Uint8Array.from(
      { length: 2_000_000 },
      (_, at) => (Math.imul(at, 2_654_435_761) >>> 24) ^ (at >> 8),
    );
    await store.putArtifact(ID, "noise", noise);

    disk.freeBytes = 100_000;
    await expect(store.archive(AT_ONCE)).rejects.toMatchObject({
      code: "IO",
      hint: expect.stringContaining("free"),
    });
    expect(await logAnywhere(fs, store, ID)).toBe(log);
    disk.freeBytes = Infinity;
    await store.archive(AT_ONCE);
    disk.freeBytes = 100_000;
    await expect(store.restore(ID)).rejects.toMatchObject({ code: "IO" });
    expect(fs.names("/txns/.new")).toEqual([]);
    disk.freeBytes = Infinity;
    await store.restore(ID);

    expect(Buffer.compare(await store.readArtifact(ID, "noise"), noise)).toBe(0);
    await store.close();
  });
});

it("the archive of a store that was never used is empty", async () => {
  const store = await openStore(join(temporaryFolder(), "txns"));

  expect(await store.archived()).toEqual([]);
  expect(await store.archive(AT_ONCE)).toEqual([]);
  expect(await store.prune(AT_ONCE)).toEqual([]);
});
