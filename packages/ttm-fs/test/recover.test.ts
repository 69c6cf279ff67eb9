import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type FileSystem, nodeFileSystem, systemError } from "@tetra/durable-fs";
import { simulatedDisk } from "@tetra/durable-fs/testing";
import { begin, newEvent, STANDARD } from "@tetra/tts-core";
import { describe, expect, it } from "vitest";
import { openFolderStore } from "../src/folder-store.ts";
import type { Finding, FolderStore, Progress } from "../src/store-api.ts";
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

const never = () => () => undefined;

interface Damaged {
  /** The folder of transactions, and of the damaged one. */
  readonly root: string;
  readonly folder: string;
  /** Its log and state as they were before the last move. */
  readonly old: { readonly log: string; readonly state: string };
}

/** Opening the store for writing is enough, and nobody is told. */
const BY_OPENING = "by opening";

/** What crashes and people do to a transaction, and what is said of it. */
const DAMAGES: Record<
  string,
  { damage: (damaged: Damaged) => void; found: RegExp; mended: RegExp | typeof BY_OPENING }
> = {
  "a line that was not written whole": {
    damage: ({ folder }) =>
      appendFileSync(join(folder, "events.ndjson"), '{"ts":"2026-01-31T09:30:00Z","ev'),
    found: /end of the log is torn/,
    mended: /cut a torn end/,
  },
  "a line of zeros": {
    damage: ({ folder }) => appendFileSync(join(folder, "events.ndjson"), "\0".repeat(300)),
    found: /end of the log is zeroed/,
    mended: /cut a zeroed end/,
  },
  "half an append": {
    damage: ({ folder }) =>
      appendFileSync(
        join(folder, "events.ndjson"),
        '{"ts":"x","event":"txn_update","seq":3,"ts_ms":0,"more":1,"changes":{}}\n',
      ),
    found: /end of the log is half-append/,
    mended: /cut a half-append end/,
  },
  "a line that lost its end to a power cut": {
    damage: ({ folder, old }) => truncateSync(join(folder, "events.ndjson"), old.log.length + 20),
    found: /end of the log is torn/,
    mended: /cut a torn end/,
  },
  "a state that is gone": {
    damage: ({ folder }) => rmSync(join(folder, "state.json")),
    found: /state\.json is behind/,
    mended: /wrote state\.json/,
  },
  "a state that is empty": {
    damage: ({ folder }) => writeFileSync(join(folder, "state.json"), ""),
    found: /state\.json is behind/,
    mended: /wrote state\.json/,
  },
  "a state that is not JSON": {
    damage: ({ folder }) => writeFileSync(join(folder, "state.json"), '{"txn_id": "vic'),
    found: /state\.json is behind/,
    mended: /wrote state\.json/,
  },
  "an old state": {
    damage: ({ folder, old }) => writeFileSync(join(folder, "state.json"), old.state),
    found: /state\.json is behind/,
    mended: /wrote state\.json/,
  },
  "a state that is ahead of a log which a power cut took back": {
    damage: ({ folder, old }) => writeFileSync(join(folder, "events.ndjson"), old.log),
    found: /state\.json is behind/,
    mended: /wrote state\.json/,
  },
  "a state that another tool changed": {
    damage: ({ folder }) => {
      const path = join(folder, "state.json");
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), theirs: 1 }));
    },
    found: /another tool changed it/,
    mended: /recorded what another tool changed/,
  },
  "a line that another tool wrote": {
    damage: ({ folder }) =>
      appendFileSync(
        join(folder, "events.ndjson"),
        '{"ts":"2026-01-31T09:31:00Z","event":"tes_resolved","plan":"x"}\n',
      ),
    found: /another tool changed it/,
    mended: /recorded what another tool changed/,
  },
  "folders that are gone": {
    damage: ({ folder }) => {
      for (const name of ["build", "artifacts", "locks"])
        rmSync(join(folder, name), { recursive: true });
    },
    found: /build is missing/,
    mended: /made .*build again/,
  },
  "a context that is gone": {
    damage: ({ folder }) => rmSync(join(folder, "ctx"), { recursive: true }),
    found: /000_policy\.md is missing/,
    mended: /made .*000_policy\.md again/,
  },
  "a request that is empty": {
    damage: ({ folder }) => truncateSync(join(folder, "ctx/010_request.md"), 0),
    found: /010_request\.md is missing/,
    mended: /made .*010_request\.md again/,
  },
  "evidence that no event tells of": {
    damage: ({ folder }) => {
      writeFileSync(join(folder, "ctx/100_file.txt"), "text");
      mkdirSync(join(folder, "ctx/110_folder/inner"), { recursive: true });
    },
    found: /no event tells of the evidence 100_file\.txt/,
    mended: /recorded the evidence 110_folder/,
  },
  "evidence that was on its way in": {
    damage: ({ folder }) => {
      mkdirSync(join(folder, "ctx/.incoming-abc"));
      writeFileSync(join(folder, "ctx/.incoming-abc/lock"), "");
      writeFileSync(join(folder, "ctx/.incoming-abc/data"), "half of it");
    },
    found: /a dead process left .*incoming-abc/,
    mended: /incoming-abc/,
  },
  "evidence that was hardly on its way": {
    damage: ({ folder }) => mkdirSync(join(folder, "ctx/.incoming-abc")),
    found: /a dead process left .*incoming-abc/,
    mended: /incoming-abc/,
  },
  "a state and an artifact that were being written": {
    damage: ({ folder }) => {
      writeFileSync(join(folder, ".tmp-0123456789"), "half");
      mkdirSync(join(folder, "artifacts/deep"));
      writeFileSync(join(folder, "artifacts/deep/.tmp-abcdefghij"), "half");
    },
    found: /a dead process left .*\.tmp-abcdefghij/,
    mended: /removed \.tmp-0123456789/,
  },
  "a transaction that was being made": {
    damage: ({ root }) => {
      mkdirSync(join(root, ".new/abc/locks"), { recursive: true });
      writeFileSync(join(root, ".new/abc/events.ndjson"), "");
      writeFileSync(join(root, ".new/abc/locks/txn"), "");
    },
    found: /a dead process left .*\.new\/abc/,
    mended: BY_OPENING,
  },
  "a journal that was being made": {
    damage: ({ root }) => {
      mkdirSync(join(root, ".journal"), { recursive: true });
      writeFileSync(join(root, ".journal/.abc.ndjson"), "");
    },
    found: /a dead process left .*\.abc\.ndjson/,
    mended: /\.abc\.ndjson/,
  },
  "a journal that nobody put into its log": {
    damage: ({ root, folder, old }) => {
      const log = readFileSync(join(folder, "events.ndjson"), "utf8");
      const lines = log.slice(old.log.length);
      mkdirSync(join(root, ".journal"), { recursive: true });
      const id = folder.slice(root.length + 1);
      writeFileSync(
        join(root, ".journal/abc.ndjson"),
        `${JSON.stringify({ txn: id, seq: 1, lines })}\n`,
      );
      writeFileSync(join(folder, "events.ndjson"), old.log);
    },
    found: /journal\(s\) of dead writers/,
    mended: BY_OPENING,
  },
  "an active link that points at nothing": {
    damage: ({ root }) => {
      rmSync(join(root, "active"));
      symlinkSync("nobody-20260101T000000/", join(root, "active"));
    },
    found: /active link points at nothing/,
    mended: /active$/,
  },
  "an active link that was being made": {
    damage: ({ root }) => symlinkSync("nobody/", join(root, ".tmp-0123456789")),
    found: /a dead process left .*\.tmp-0123456789/,
    mended: /\.tmp-0123456789/,
  },
};

/** A store in which one transaction is damaged. */
async function damagedStore(name: string) {
  const { folder: root, store, manager } = await temporaryStore();
  const { id } = await manager.create({ description: "victim" });
  await manager.create({ description: "bystander" });
  const paths = store.paths(id);
  const old = { log: readFileSync(paths.log, "utf8"), state: readFileSync(paths.state, "utf8") };
  await manager.transition("SELECT", id);
  await manager.transition("EXECUTE", id);
  await store.close();
  DAMAGES[name]?.damage({ root, folder: paths.folder, old });
  return { root, id };
}

function complaints(findings: readonly Finding[]): readonly string[] {
  return findings.filter(({ level }) => level !== "ok").map(({ what }) => what);
}

function told(report: Awaited<ReturnType<FolderStore["recover"]>>): readonly string[] {
  const journals = report.journals === 0 ? [] : [`${report.journals} journal(s)`];
  return [...journals, ...report.swept, ...report.repaired.map(({ what }) => what)];
}

describe.each(Object.keys(DAMAGES))("%s", (name) => {
  it("is found by diagnose, which changes nothing", async () => {
    const { root } = await damagedStore(name);
    const before = treeOf(root);
    const reader = await openStore(root, { mode: "read" });

    const found = complaints(await reader.diagnose());

    expect(found).toContainEqual(expect.stringMatching(DAMAGES[name]?.found ?? ""));
    for (const { level, fix } of await reader.diagnose())
      expect(level === "ok" || fix !== undefined).toBe(true);
    await reader.close();
    expect(treeOf(root)).toEqual(before);
  });

  it("is mended by recover, which says so; then diagnose is quiet and recover has nothing to do", async () => {
    const { root, id } = await damagedStore(name);
    const store = await openStore(root);

    const report = told(await store.recover());
    const quiet = complaints(await store.diagnose());
    const before = treeOf(root);
    const again = told(await store.recover());

    expect(quiet).toEqual([]);
    expect(again).toEqual([]);
    expect(treeOf(root)).toEqual(before);
    const mended = DAMAGES[name]?.mended;
    const isTold = mended === BY_OPENING || report.some((what) => mended?.test(what));
    expect(isTold, report.join()).toBe(true);
    expect((await store.load(id)).state.txn_id).toBe(id);
    await managerOf(store).transition("VALIDATE", id);
  });

  it("is mended by recover also in a store that was open while it happened", async () => {
    const { root } = await damagedStore("nothing");
    const store = await openStore(root);
    const manager = managerOf(store);
    const [id = ""] = await store.find("victim");
    // its files are open now
    await manager.update(id, { seen: true });
    const paths = store.paths(id);
    const log = readFileSync(paths.log, "utf8");
    const state = readFileSync(paths.state, "utf8");
    await manager.update(id, { seen: false });

    DAMAGES[name]?.damage({ root, folder: paths.folder, old: { log, state } });
    await store.recover();

    expect(complaints(await store.diagnose())).toEqual([]);
    await manager.transition("VALIDATE", id);
    expect((await store.load(id)).state.stage).toBe("VALIDATE");
  });
});

describe("recover", () => {
  it("of a healthy store does nothing, and says so", async () => {
    const { store, manager, folder } = await temporaryStore();
    const { id } = await manager.create({ description: "healthy" });
    await manager.addContext({ source: noteOf("x"), description: "note" }, id);
    await store.putArtifact(id, "out", bytesOf("x"));
    const before = treeOf(folder);

    expect(await store.recover()).toEqual({ journals: 0, swept: [], repaired: [] });

    expect(treeOf(folder)).toEqual(before);
    expect(complaints(await store.diagnose())).toEqual([]);
  });

  it("leaves alone what living processes are at", async () => {
    const { store, manager, folder } = await temporaryStore();
    const { id } = await manager.create({ description: "busy" });
    const other = await openStore(folder, {}, { later: never });
    const note = newEvent("txn_update", AT_MS, { changes: { noted: true } });
    const { id: second } = await manager.create({ description: "second" });
    // its journal is alive, and stays
    await Promise.all([other.append(id, 1, [note]), other.append(second, 1, [note])]);
    const slow = other.addContext(id, {
      description: "large",
      source: { bytes: new Uint8Array(20_000_000), name: "large.bin" },
      atMs: AT_MS,
    });

    const reports = [await store.recover(), await store.recover()];

    await slow;
    for (const { swept, journals } of reports) expect([journals, swept]).toEqual([0, []]);
    expect((await store.listContext(id)).at(-1)).toMatchObject({
      name: "100_large.bin",
      bytes: 20_000_000,
    });
    await other.close();
    expect(complaints(await store.diagnose())).toEqual([]);
  });

  it("says how far it is", async () => {
    const seen: Progress[] = [];
    const { folder, manager } = await temporaryStore();
    await manager.create({ description: "a" });
    await manager.create({ description: "b" });
    const store = await openStore(folder, { onProgress: (progress) => seen.push(progress) });

    await store.recover();

    expect(seen).toEqual([0, 1, 2].map((done) => ({ job: "recover", done, total: 2 })));
  });

  it("puts a dead writer's journal into the logs; a reader sees its lines before that", async () => {
    const disk = simulatedDisk();
    const open = (process: string, mode: "read" | "write" = "write") =>
      openFolderStore({ folder: "/txns", fs: disk.fs(process), mode }, { later: never });
    const store = await open("writer");
    const manager = managerOf(store);
    const made = await Promise.all(
      ["a", "b", "c"].map((description) => manager.create({ description })),
    );
    // the batch is in the journal, but writing it to the logs fails: only the journal has it
    disk.failWhen(({ name, path }) =>
      name === "write" && path.endsWith("events.ndjson") ? "EIO" : undefined,
    );
    const moves = made.map(({ id }) => manager.transition("SELECT", id).catch(() => undefined));
    await Promise.all(moves);
    disk.failWhen(undefined);
    disk.kill("writer");

    const reader = await open("reader", "read");
    const seen = await Promise.all(made.map(async ({ id }) => (await reader.load(id)).state.stage));
    const before = disk.fingerprint();
    expect(complaints(await reader.diagnose())).toContainEqual(expect.stringContaining("journal"));
    expect(disk.fingerprint()).toBe(before);
    const after = await open("after");

    expect(seen).toEqual(["SELECT", "SELECT", "SELECT"]);
    for (const { id } of made) expect((await after.load(id)).state.stage).toBe("SELECT");
    await after.recover();
    expect(complaints(await after.diagnose())).toEqual([]);
    expect(disk.fs("x").names("/txns/.journal")).toEqual([]);
  });
});

describe("diagnose", () => {
  it("says what recover cannot mend: evidence that is gone, a folder that others can read, no folder", async () => {
    const { store, manager, folder } = await temporaryStore();
    const { id } = await manager.create({ description: "x" });
    const { name } = await manager.addContext({ source: noteOf("x"), description: "note" }, id);
    renameSync(join(store.paths(id).context, name), join(folder, "..", "taken"));

    await store.recover();
    const findings = await store.diagnose();

    expect(complaints(findings)).toEqual([`the evidence ${name} is gone from ctx/`]);
    const nowhere = await openStore(join(temporaryFolder(), "nowhere"), { mode: "read" });
    expect(await nowhere.diagnose()).toEqual([
      { level: "warning", what: expect.stringContaining("does not exist"), fix: "run init" },
    ]);
    const open = join(temporaryFolder(), "open");
    mkdirSync(open, { mode: 0o755 });
    const [first] = await (await openStore(open, { mode: "read" })).diagnose();
    expect(first).toMatchObject({ level: "warning", fix: expect.stringContaining("chmod 700") });
  });

  it("ends with how many it looked at", async () => {
    const { store, manager } = await temporaryStore();
    await manager.create({ description: "x" });

    expect((await store.diagnose()).at(-1)).toEqual({
      level: "ok",
      what: "1 transaction(s) looked at, 0 problem(s)",
    });
  });

  it("tells of a transaction whose runner died, and what to do about it", async () => {
    const { folder, store, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "x" });
    const other = await openStore(folder);
    const lease = await other.lease(id, { name: "runner-1", atMs: AT_MS });
    await manager.transition("EXECUTE", id);
    const quiet = complaints(await store.diagnose());

    await lease.release();

    expect(quiet).toEqual([]);
    expect(await store.diagnose()).toContainEqual({
      level: "warning",
      id,
      what: "its runner (runner-1) died",
      fix: `ttm fail ${id}, then do it again with ttm run`,
    });
    await manager.transition("VALIDATE", id);
    expect(complaints(await store.diagnose())).toEqual([]);
  });

  it("names what carries a saga on whose runner died", async () => {
    const { folder, store, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "x" });
    await manager.transition("EXECUTE", id);
    const line = JSON.stringify({ ts: "2026-01-31T09:30:00Z", event: "saga_defined", name: "s" });
    appendFileSync(join(folder, id, "events.ndjson"), `${line}\n`);
    await (await store.lease(id, { name: "worker", atMs: AT_MS })).release();

    const found = await store.diagnose();

    expect(found).toContainEqual({
      level: "warning",
      id,
      what: "its runner (worker) died",
      fix: `ttm saga resume ${id}, or ttm worker`,
    });
  });
});

it("opens a store in which a dead journal names a broken transaction, and keeps that journal", async () => {
  const disk = simulatedDisk();
  const fs = disk.fs("writer");
  const store = await openFolderStore({ folder: "/txns", fs }, { later: () => () => undefined });
  const events = (id: string): ReturnType<typeof begin> =>
    begin(id, { description: id, target: "@local", agent: "test", atMs: 0 }, STANDARD);
  await Promise.all(["good", "broken"].map((id) => store.create(id, events(id))));
  disk.kill("writer");
  const other = disk.fs("other");
  other.removeFile("/txns/broken/events.ndjson");
  other.makeFolder("/txns/broken/events.ndjson");

  const reopened = await openFolderStore({ folder: "/txns", fs: other });

  expect((await reopened.load("good")).revision).toBe(1);
  await expect(reopened.recover()).rejects.toMatchObject({ code: "IO" });
  expect(other.names("/txns/.journal")).toHaveLength(1);
  await reopened.close();
});

it("says yes to what is in the log, though the disk is too full for the state; close says no", async () => {
  const disk = simulatedDisk();
  const fs = disk.fs();
  const store = await openFolderStore({ folder: "/txns", fs }, { later: () => () => undefined });
  const beginning = { description: "x", target: "@local", agent: "test", atMs: 0 };
  await store.create("x", begin("x", beginning, STANDARD));
  // enough for the line, not for the state
  disk.freeBytes = 200;
  const move = newEvent("stage_transition", 0, { from: "NEW", to: "EXECUTE" });

  expect(await store.append("x", 1, [move])).toBe(2);
  await expect(store.close()).rejects.toMatchObject({ code: "IO" });

  disk.freeBytes = Number.POSITIVE_INFINITY;
  const again = await openFolderStore({ folder: "/txns", fs: disk.fs("again") });
  expect((await again.load("x")).state.stage).toBe("EXECUTE");
  await again.close();
});

it("gives everything back when a transaction cannot be made together with its lease", async () => {
  const { folder } = await temporaryStore();
  const real = nodeFileSystem();
  const open = new Set<number>();
  const fs: FileSystem = {
    ...real,
    open(path, mode) {
      const fd = real.open(path, mode);
      open.add(fd);
      return fd;
    },
    close(fd) {
      open.delete(fd);
      real.close(fd);
    },
    rename(from, to) {
      if (to.includes("x-")) throw systemError("EIO", "rename", to);
      real.rename(from, to);
    },
  };
  const store = await openStore(folder, { fs });
  await store.create(
    "a",
    begin("a", { description: "a", target: "", agent: "", atMs: 0 }, STANDARD),
  );
  const before = open.size;

  const made = store.createLeased(
    "x-1",
    begin("x-1", { description: "x", target: "", agent: "", atMs: 0 }, STANDARD),
    { name: "runner", atMs: 0 },
  );

  await expect(made).rejects.toMatchObject({ code: "IO" });
  expect(open.size).toBe(before);
});
