import { execFileSync } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { isTetraError } from "@tetra/errors";
import { formatEventLine, newEvent, seal, type TransactionManager } from "@tetra/tts-core";
import { describe, expect, it } from "vitest";
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

const SECRET = "the content of somebody else's file";
const WELL_KEPT = { olderThanMs: 0, nowMs: AT_MS + 1 };

/** Ids that would lead somewhere else. */
const BAD_IDS = [
  "",
  ".",
  "..",
  "../x",
  "/etc",
  "a/b",
  "a/../../x",
  ".new",
  ".index",
  "active",
  "a\0b",
  "x".repeat(300),
];
/** Names that would lead out of `ctx/` or `artifacts/`. */
const BAD_NAMES = ["", ".", "..", "../x", "/etc/hostname", "a/../../x", "a//b", "a/", "a\0b"];

/** Every operation that takes an id. */
function byId(store: FolderStore, id: string): Record<string, () => Promise<unknown>> {
  const context = { description: "x", source: noteOf("x"), atMs: AT_MS };
  return {
    create: () => store.create(id, [newEvent("txn_update", AT_MS, { changes: {} })]),
    load: () => store.load(id),
    append: () => store.append(id, 1, [newEvent("txn_update", AT_MS, { changes: { a: 1 } })]),
    read: () => store.read(id),
    lease: async () => (await store.lease(id, { name: "r", atMs: AT_MS })).release(),
    watch: () => store.watch(id, { signal: AbortSignal.abort() })[Symbol.asyncIterator]().next(),
    addContext: () => store.addContext(id, context),
    listContext: () => store.listContext(id),
    readContext: () => store.readContext(id, "100_x.txt"),
    contextDigest: () => store.contextDigest(id),
    putArtifact: () => store.putArtifact(id, "out.txt", bytesOf("x")),
    putNested: () => store.putArtifact(id, "logs/deep/out.txt", bytesOf("x")),
    listArtifacts: () => store.listArtifacts(id),
    readArtifact: () => store.readArtifact(id, "out.txt"),
    readNested: () => store.readArtifact(id, "logs/deep/out.txt"),
    activate: () => store.activate(id),
    restore: () => store.restore(id),
    paths: async () => store.paths(id),
  };
}

/** Every operation on the store as a whole. */
function onAll(store: FolderStore): Record<string, () => Promise<unknown>> {
  return {
    list: () => store.list(),
    listFresh: () => store.list({ fresh: true }),
    find: () => store.find(""),
    active: () => store.active(),
    diagnose: () => store.diagnose(),
    recover: () => store.recover(),
    archive: () => store.archive(WELL_KEPT),
    prune: () => store.prune(WELL_KEPT),
    archived: () => store.archived(),
  };
}

/** What the error is, or what came of it as text. */
async function outcomeOf(operation: () => Promise<unknown>): Promise<string> {
  try {
    const value = await operation();
    return value instanceof Uint8Array
      ? new TextDecoder().decode(value)
      : (JSON.stringify(value) ?? "");
  } catch (error) {
    if (!isTetraError(error)) throw error;
    return error.code;
  }
}

interface Planted {
  readonly store: FolderStore;
  readonly manager: TransactionManager;
  readonly id: string;
  /** The transaction's folder. */
  readonly folder: string;
  /** A folder that the store must not touch. */
  readonly outside: string;
}

/** A finished transaction, an open one, and a folder outside that looks like a transaction. */
async function victim(): Promise<Planted> {
  const { home, folder, store, manager } = await temporaryStore();
  const { id } = await manager.create({ description: "victim" });
  await manager.addContext({ source: noteOf("theirs"), description: "x" }, id);
  await store.putArtifact(id, "out.txt", bytesOf("ours"));
  await manager.commit(id);
  await manager.create({ description: "bystander" });
  const outside = join(home, "outside");
  for (const part of ["ctx", "artifacts/logs/deep", "logs/deep", "locks", "deep"]) {
    mkdirSync(join(outside, part), { recursive: true });
  }
  for (const name of [
    "100_x.txt",
    "out.txt",
    "state.json",
    "events.ndjson",
    "txn",
    "ctx/100_x.txt",
    "logs/deep/out.txt",
    "deep/out.txt",
  ]) {
    writeFileSync(
      join(outside, name),
      `{"txn_id":"${id}","stage":"DONE","description":"${SECRET}","last_checkpoint":"2020-01-01T00:00:00Z"}\n`,
    );
  }
  return { store, manager, id, folder: join(folder, id), outside };
}

/** Puts a link to `target` in the place of what is at `path`. */
function plant(target: string, path: string): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

describe("ids and names do not lead out of the store", () => {
  it.each(BAD_IDS)(
    "the id %j is refused by everything that takes one, and nothing is made",
    async (id) => {
      const { home, store } = await temporaryStore();
      const before = treeOf(home);

      for (const [name, operation] of Object.entries(byId(store, id))) {
        expect(`${name}: ${await outcomeOf(operation)}`).toBe(`${name}: INVALID_ID`);
      }

      expect(await store.find(id === "" ? ".." : id)).toEqual([]);
      expect(treeOf(home)).toEqual(before);
    },
  );

  it.each(BAD_NAMES)("the file name %j is refused, and nothing is made", async (name) => {
    const { home, store, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "x" });
    const before = treeOf(home);

    for (const operation of [
      () => store.readContext(id, name),
      () => store.readArtifact(id, name),
      () => store.putArtifact(id, name, bytesOf("x")),
    ]) {
      expect(await outcomeOf(operation)).toBe("INVALID_INPUT");
    }
    expect(treeOf(home)).toEqual(before);
  });
});

describe("a link leads neither a read nor a write out of the store", () => {
  const PLACES: Record<string, (planted: Planted) => void> = {
    "ctx/": ({ outside, folder }) => plant(outside, join(folder, "ctx")),
    "a file of ctx/": ({ outside, folder }) =>
      plant(join(outside, "100_x.txt"), join(folder, "ctx/100_x.txt")),
    "artifacts/": ({ outside, folder }) => plant(outside, join(folder, "artifacts")),
    "a file of artifacts/": ({ outside, folder }) =>
      plant(join(outside, "out.txt"), join(folder, "artifacts/out.txt")),
    "a folder in artifacts/": ({ outside, folder }) =>
      plant(join(outside, "logs"), join(folder, "artifacts/logs")),
    "a deeper folder": ({ outside, folder }) =>
      plant(join(outside, "deep"), join(folder, "artifacts/logs/deep")),
    "events.ndjson": ({ outside, folder }) =>
      plant(join(outside, "events.ndjson"), join(folder, "events.ndjson")),
    "state.json": ({ outside, folder }) =>
      plant(join(outside, "state.json"), join(folder, "state.json")),
    "locks/": ({ outside, folder }) => plant(join(outside, "deep"), join(folder, "locks")),
    "locks/txn": ({ outside, folder }) => plant(join(outside, "txn"), join(folder, "locks/txn")),
    "the transaction's folder": ({ outside, folder }) => plant(outside, folder),
    active: ({ outside, folder }) => plant(outside, join(dirname(folder), "active")),
    "a missing file of the log": ({ outside, folder }) =>
      plant(join(outside, "new"), join(folder, "events.ndjson")),
    "a missing lock": ({ outside, folder }) =>
      plant(join(outside, "new"), join(folder, "locks/txn")),
  };

  it.each(Object.keys(PLACES))("planted as %s", async (place) => {
    const planted = await victim();
    PLACES[place]?.(planted);
    const { id, outside } = planted;
    const before = treeOf(outside);
    const another = await openStore(planted.store.folder);

    for (const store of [planted.store, another]) {
      for (const [name, operation] of Object.entries({ ...byId(store, id), ...onAll(store) })) {
        const outcome = await outcomeOf(operation);
        expect(outcome, name).not.toContain(SECRET);
        expect(treeOf(outside), name).toEqual(before);
      }
    }
    // and whoever has nothing to do with it is not held up
    expect((await another.list()).map(({ description }) => description)).toContain("bystander");
  });

  it("artifacts behind a link are not even listed", async () => {
    const { store, id, folder, outside } = await victim();
    plant(outside, join(folder, "artifacts"));

    expect(await store.listArtifacts(id)).toEqual([]);
  });

  it("a folder behind a link is no transaction", async () => {
    const { store, id, folder, outside } = await victim();
    renameSync(folder, `${folder}-moved`);
    symlinkSync(outside, folder);

    expect(await outcomeOf(() => store.load(id))).toBe("NOT_FOUND");
    expect(await outcomeOf(() => store.activate(id))).toBe("NOT_FOUND");
    expect(await store.contextDigest(id)).toBe("none");
    expect(await store.active()).not.toBe(id);
    expect((await store.list()).map(({ txn_id }) => txn_id)).not.toContain(id);
  });

  it("the digest of ctx/ leaves links out", async () => {
    const { store, id, folder, outside } = await victim();
    const digest = await store.contextDigest(id);

    symlinkSync(join(outside, "100_x.txt"), join(folder, "ctx/110_link"));
    symlinkSync(outside, join(folder, "ctx/120_folder"));

    expect(await store.contextDigest(id)).toBe(digest);
  });

  it("a transaction that cannot be read is told of by diagnose, and does not keep recover from the others", async () => {
    const { store, manager, id, folder, outside } = await victim();
    const other = await manager.create({ description: "other" });
    plant(join(outside, "events.ndjson"), join(folder, "events.ndjson"));
    rmSync(join(store.folder, other.id, "state.json"));

    const findings = await store.diagnose();
    const outcome = await outcomeOf(() => store.recover());

    expect(findings.find((finding) => finding.id === id)?.level).toBe("problem");
    expect(outcome).toBe("IO");
    expect(lstatSync(join(store.folder, other.id, "state.json")).isFile()).toBe(true);
  });
});

describe("what stands in the place of a file and is none does not hang anybody", () => {
  it.each(["events.ndjson", "state.json", "locks/txn", "ctx/100_x.txt", "artifacts/out.txt"])(
    "a pipe as %s",
    async (name) => {
      const { store, id, folder } = await victim();
      rmSync(join(folder, name));
      execFileSync("mkfifo", [join(folder, name)]);
      const another = await openStore(store.folder);

      for (const [what, operation] of Object.entries({ ...byId(another, id), ...onAll(another) })) {
        expect(await outcomeOf(operation), what).not.toBe("NOT_A_FILE");
      }
      expect((await another.list()).map(({ description }) => description)).toContain("bystander");
    },
  );

  it.each(["events.ndjson", "state.json", "locks", "ctx", "artifacts"])(
    "a folder or file as %s",
    async (name) => {
      const { store, id, folder } = await victim();
      const path = join(folder, name);
      const wasFolder = statSync(path).isDirectory();
      rmSync(path, { recursive: true });
      if (wasFolder) writeFileSync(path, "");
      else mkdirSync(path);
      const another = await openStore(store.folder);

      for (const [what, operation] of Object.entries({ ...byId(another, id), ...onAll(another) })) {
        expect(await outcomeOf(operation), what).not.toBe("NOT_A_FILE");
      }
      expect((await another.list()).map(({ description }) => description)).toContain("bystander");
    },
  );
});

describe("files are private to the user", () => {
  it.each([0o000, 0o077])("folders are 0700 and files 0600 under umask %o", async (umask) => {
    const before = process.umask(umask);
    try {
      const { home, store, manager } = await temporaryStore();
      const source = join(home, "source");
      mkdirSync(source, { mode: 0o755 });
      writeFileSync(join(source, "tool.sh"), "echo", { mode: 0o755 });
      const made = await Promise.all(
        ["a", "b", "c"].map((description) => manager.create({ description })),
      );
      await Promise.all(
        made.map(({ id }) =>
          manager.addContext({ source: { path: source }, description: "folder" }, id),
        ),
      );
      await Promise.all(
        made.map(({ id }) =>
          manager.addContext(
            { source: { path: join(source, "tool.sh") }, description: "file" },
            id,
          ),
        ),
      );
      await Promise.all(made.map(({ id }) => store.putArtifact(id, "logs/out", bytesOf("x"))));
      await Promise.all(made.map(({ id }) => manager.transition("EXECUTE", id)));
      const [first] = made;
      await manager.commit(first?.id);
      await store.list();
      await store.archive(WELL_KEPT);

      const modes = Object.entries(treeOf(store.folder)).filter(
        ([, what]) => !what.startsWith("→"),
      );
      const wrong = modes.filter(
        ([path, what]) => !what.startsWith(path.endsWith("/") ? "700" : "600 "),
      );
      expect(wrong).toEqual([]);
      expect(modes.length).toBeGreaterThan(30);
      await store.restore(first?.id ?? "");
      const restored = Object.entries(treeOf(join(store.folder, first?.id ?? "")));
      expect(
        restored.filter(([path, what]) => !what.startsWith(path.endsWith("/") ? "700" : "600 ")),
      ).toEqual([]);
    } finally {
      process.umask(before);
    }
  });
});

describe("the store may be anywhere", () => {
  it.each([
    "with spaces",
    `it's "quoted"`,
    "two\nlines",
    "日本語-Ünïcode-🚀",
    "-leading dash",
    "$HOME `id` %s *",
    "back\\slash",
    "x".repeat(200),
  ])("in a folder called %j", async (name) => {
    const folder = join(temporaryFolder(), name, "txns");
    const store = await openStore(folder);
    const manager = managerOf(store);
    await store.init();

    const { id } = await manager.create({ description: "anywhere" });
    await manager.addContext({ source: noteOf("x"), description: "x" });
    await store.putArtifact(id, "out", bytesOf("x"));
    await Promise.all([manager.create({ description: "b" }), manager.create({ description: "c" })]);
    const digest = await store.contextDigest(id);
    await manager.commit(id);
    await store.close();
    const again = await openStore(folder);
    await again.recover();

    expect(await again.contextDigest(id)).toBe(digest);
    expect((await again.load(id)).state.stage).toBe("DONE");
    expect(await again.archive(WELL_KEPT)).toEqual([id]);
    await again.restore(id);
    expect(new TextDecoder().decode(await again.readArtifact(id, "out"))).toBe("x");
    expect(readdirSync(dirname(folder))).toEqual(["txns"]);
  });

  it("behind a link, as when $TETRA_DIR is on another disk", async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, "disk"));
    symlinkSync(join(home, "disk"), join(home, "link"));
    const store = await openStore(join(home, "link/txns"));

    const { id } = await managerOf(store).create({ description: "x" });

    expect(readdirSync(join(home, "disk/txns"))).toContain(id);
  });
});

describe("what is given as evidence", () => {
  it("a link is followed, and what it points at is copied", async () => {
    const { home, store, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "x" });
    writeFileSync(join(home, "real.toml"), "port = 1\n");
    mkdirSync(join(home, "folder"));
    writeFileSync(join(home, "folder/inner"), "inner");
    symlinkSync("real.toml", join(home, "link.toml"));
    symlinkSync("folder", join(home, "link-to-folder"));

    const file = await manager.addContext({
      source: { path: join(home, "link.toml") },
      description: "file",
    });
    const folder = await manager.addContext({
      source: { path: join(home, "link-to-folder") },
      description: "folder",
    });

    expect([file.name, folder.name]).toEqual(["100_file.toml", "110_folder"]);
    const { context } = store.paths(id);
    expect(lstatSync(join(context, file.name)).isFile()).toBe(true);
    expect(readFileSync(join(context, folder.name, "inner"), "utf8")).toBe("inner");
  });

  it("links in a folder are copied as links, and not followed", async () => {
    const { home, store, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "x" });
    const source = join(home, "folder");
    mkdirSync(source);
    symlinkSync("/etc/hostname", join(source, "absolute"));
    symlinkSync("../../../../etc", join(source, "up"));
    symlinkSync("nowhere", join(source, "dangling"));

    const { name } = await manager.addContext({ source: { path: source }, description: "links" });

    const copied = join(store.paths(id).context, name);
    expect(readlinkSync(join(copied, "absolute"))).toBe("/etc/hostname");
    expect(readlinkSync(join(copied, "up"))).toBe("../../../../etc");
    expect(readlinkSync(join(copied, "dangling"))).toBe("nowhere");
    expect(await outcomeOf(() => store.readContext(id, `${name}/absolute`))).toBe("IO");
    expect(await outcomeOf(() => store.readContext(id, `${name}/up/hostname`))).toBe("IO");
  });

  it.each([
    "a pipe",
    "a folder with a pipe in it",
    "a socket",
    "a link to nowhere",
    "a link to itself",
    "nothing",
  ])("%s is refused, and nothing stays", async (what) => {
    const { home, store, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "x" });
    const path = join(home, "source");
    const server = createServer();
    const make: Record<string, () => unknown> = {
      "a pipe": () => execFileSync("mkfifo", [path]),
      "a folder with a pipe in it": () => {
        mkdirSync(path);
        execFileSync("mkfifo", [join(path, "pipe")]);
      },
      "a socket": () => new Promise<void>((resolve) => server.listen(path, resolve)),
      "a link to nowhere": () => symlinkSync("nowhere", path),
      "a link to itself": () => symlinkSync("source", path),
    };
    await make[what]?.();
    const before = treeOf(store.paths(id).folder);

    const outcome = await outcomeOf(() =>
      manager.addContext({ source: { path }, description: "x" }, id),
    );

    expect(["INVALID_INPUT", "NOT_FOUND", "IO"]).toContain(outcome);
    expect(treeOf(store.paths(id).folder)).toEqual(before);
    server.close();
  });

  it(
    "a file of 512 MB is copied and digested without being held in memory",
    { timeout: 30_000 },
    async () => {
      const { home, store, manager } = await temporaryStore();
      const { id } = await manager.create({ description: "x" });
      const path = join(home, "disk.img");
      const size = 512 * 1024 * 1024;
      const fd = openSync(path, "w");
      ftruncateSync(fd, size);
      closeSync(fd);
      const before = process.memoryUsage().rss;
      let most = before;
      const sampling = setInterval(() => {
        most = Math.max(most, process.memoryUsage().rss);
      }, 5);

      const { name } = await manager.addContext({ source: { path }, description: "image" });
      clearInterval(sampling);

      expect(statSync(join(store.paths(id).context, name)).size).toBe(size);
      expect((most - before) / 1024 / 1024).toBeLessThan(100);
    },
  );
});

describe("sizes that nobody expects", () => {
  it("a log of 100,000 lines is read and appended to", { timeout: 30_000 }, async () => {
    const { store, manager, folder } = await temporaryStore();
    const { id } = await manager.create({ description: "x" });
    const events = seal(
      1,
      Array.from({ length: 100_000 }, (_, at) =>
        newEvent("txn_update", AT_MS, { changes: { at } }),
      ),
    );
    const lines = events.map(({ more: _half, ...event }) => `${formatEventLine(event)}\n`);
    writeFileSync(join(folder, id, "events.ndjson"), lines.join(""), { flag: "a" });

    await manager.transition("SELECT", id);
    await manager.transition("EXECUTE", id);

    const { revision, state } = await store.load(id);
    expect([revision, state["at"], state.stage]).toEqual([100_003, 99_999, "EXECUTE"]);
  });

  it("a state of 10 MB that another tool wrote is adopted whole", { timeout: 30_000 }, async () => {
    const { store, manager, folder } = await temporaryStore();
    const { id } = await manager.create({ description: "x" });
    const path = join(folder, id, "state.json");
    const huge = "0123456789".repeat(1024 * 1024);
    const state = { ...JSON.parse(readFileSync(path, "utf8")), huge };
    writeFileSync(path, JSON.stringify(state));

    await manager.transition("EXECUTE", id);

    expect((await store.load(id)).state["huge"]).toBe(huge);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ huge, stage: "EXECUTE" });
  });

  it("an event that is too long is refused, and the transaction goes on", async () => {
    const { store, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "x" });

    const huge = manager.update(id, { huge: "x".repeat(2 * 1024 * 1024) });

    await expect(huge).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await manager.transition("EXECUTE", id);
    expect((await store.load(id)).revision).toBe(2);
  });
});

describe("a store that was opened for reading", () => {
  it("refuses every change with READ_ONLY and makes nothing", async () => {
    const { home, folder, store, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "x" });
    await manager.addContext({ source: noteOf("x"), description: "x" });
    await store.close();
    rmSync(join(folder, ".index"), { recursive: true });
    const before = treeOf(home);
    const reader = await openStore(folder, { mode: "read" });

    const reads = [
      "load",
      "read",
      "watch",
      "listContext",
      "readContext",
      "contextDigest",
      "listArtifacts",
      "paths",
    ];
    const outcomes: Record<string, string> = {};
    for (const [name, operation] of Object.entries({ ...byId(reader, id), ...onAll(reader) })) {
      outcomes[name] = await outcomeOf(operation);
    }

    for (const name of reads) expect(outcomes[name]).not.toBe("READ_ONLY");
    const refused = Object.keys(outcomes).filter((name) => outcomes[name] === "READ_ONLY");
    const changes = [
      "create",
      "append",
      "lease",
      "addContext",
      "putArtifact",
      "putNested",
      "activate",
      "restore",
      "recover",
      "archive",
      "prune",
    ];
    expect(refused.toSorted()).toEqual(changes.toSorted());
    expect(outcomes["list"]).toContain(id);
    expect(treeOf(home)).toEqual(before);
  });

  it("may be of a folder that is not there", async () => {
    const home = temporaryFolder();
    const reader = await openStore(join(home, "nowhere/txns"), { mode: "read" });

    expect(await reader.list()).toEqual([]);
    expect(await reader.find("")).toEqual([]);
    expect(await reader.active()).toBeUndefined();
    expect(readdirSync(home)).toEqual([]);
  });
});
