import { execFile, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type FileSystem, nodeFileSystem } from "@tetra/durable-fs";
import { isTetraError } from "@tetra/errors";
import { newEvent } from "@tetra/tts-core";
import { describe, expect, it } from "vitest";
import type { FolderStore } from "../src/store-api.ts";
import {
  AT_MS,
  managerOf,
  noteOf,
  openStore,
  temporaryFolder,
  temporaryStore,
} from "./temporary-store.ts";

const ORIGINAL = join(import.meta.dirname, "fixtures/original");
const SCRIPT = join(import.meta.dirname, "fixtures/original.sh");

const DEPLOY = "deploy-api-v2-1-0-20251018T143022";
const FIXTURES = readdirSync(ORIGINAL).toSorted();

const run = promisify(execFile);
/** Where they are required, their lack must be seen. */
const lacksTools =
  process.env["TETRA_REQUIRE_TOOLS"] !== "1" &&
  !["bash", "jq"].every((tool) => spawnSync(tool, ["--version"]).status === 0);
/** A store as the original leaves it: no `locks/`, its modes, `active` absolute, a stray link. */
function originalStore(): string {
  const folder = join(temporaryFolder(), "txns");
  mkdirSync(folder, { mode: 0o755 });
  for (const id of FIXTURES) {
    cpSync(join(ORIGINAL, id), join(folder, id), { recursive: true });
    for (const name of ["build", "artifacts"]) mkdirSync(join(folder, id, name), { mode: 0o755 });
    chmodSync(join(folder, id), 0o755);
    chmodSync(join(folder, id, "state.json"), 0o600);
    chmodSync(join(folder, id, "events.ndjson"), 0o644);
  }
  symlinkSync(join(folder, DEPLOY), join(folder, "active"));
  // what `ln -sf` made of every later create
  symlinkSync(
    join(folder, "say-hi-20251018T150000"),
    join(folder, DEPLOY, "say-hi-20251018T150000"),
  );
  return folder;
}

/** Runs one of the original's functions on a store. */
async function original(store: FolderStore, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, TTM_TXNS_DIR: store.folder };
  const { stdout } = await run("bash", [SCRIPT, ...args], { env });
  return stdout.trimEnd();
}

function logOf(folder: string, id: string): string {
  return readFileSync(join(folder, id, "events.ndjson"), "utf8");
}

function namesOf(folder: string, id: string): readonly string[] {
  return logOf(folder, id)
    .trimEnd()
    .split("\n")
    .map((line) => /"event":"(\w+)"/.exec(line)?.[1] ?? "?");
}

function stateOf(folder: string, id: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, id, "state.json"), "utf8"));
}

/** As the original changes a state: from what it reads, by a file of its own that is moved into place. */
function editState(path: string, changes: Record<string, unknown>): void {
  const state = { ...JSON.parse(readFileSync(path, "utf8")), ...changes };
  writeFileSync(`${path}.foreign`, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(`${path}.foreign`, path);
}

/** Changes a state right before each of the next `times` exchanges of it. */
function editingBeforeExchange(
  edit: (path: string, nth: number) => void,
  times: number,
): FileSystem {
  const fs = nodeFileSystem();
  let nth = 0;
  return {
    ...fs,
    exchange(a, b) {
      if (nth < times && b.endsWith("state.json")) edit(b, (nth += 1));
      fs.exchange(a, b);
    },
  };
}

describe("what the original wrote is read", () => {
  it.each([
    [DEPLOY, "EXECUTE", "deploy api v2.1.0"],
    ["say-hi-20251018T150000", "SELECT", ""],
    ["empty-state-20251018T151000", "EXECUTE", "empty state"],
    ["no-stage-20251018T152000", "", "no stage"],
    ["log-ahead-20251018T153000", "EXECUTE", "log ahead"],
    ["equal-numbers-20251018T154000", "NEW", "equal numbers"],
    ["committed-20251018T155000", "DONE", "committed"],
  ])("%s is in %j", async (id, stage, description) => {
    const store = await openStore(originalStore(), { mode: "read" });

    const { state } = await store.load(id);

    expect(state.stage).toBe(stage);
    expect(state.description).toBe(description);
    expect((await store.list({ stage })).map(({ txn_id }) => txn_id)).toContain(id);
  });

  it("every fixture is listed, found and diagnosed without a word against it that is not a warning", async () => {
    const store = await openStore(originalStore());

    expect(await store.find("")).toEqual(FIXTURES);
    expect((await store.list()).map(({ txn_id }) => txn_id).toSorted()).toEqual(FIXTURES);
    expect((await store.diagnose()).filter(({ level }) => level === "problem")).toEqual([]);
  });

  it("the absolute active link names its transaction, and the stray link is nobody's context", async () => {
    const store = await openStore(originalStore());

    expect(await store.active()).toBe(DEPLOY);
    const names = (await store.listContext(DEPLOY)).map(({ name }) => name);
    expect(names).toEqual([
      "000_policy.md",
      "010_request.md",
      "100_config.toml",
      "110_artifact.gz",
    ]);
  });

  it("its lines keep their text, also those that are not JSON", async () => {
    const folder = originalStore();
    const store = await openStore(folder);

    for (const id of FIXTURES) {
      const lines = await store.read(id);
      expect(lines.map(({ text }) => `${text}\n`).join("")).toBe(logOf(folder, id));
    }
  });

  it("entries with equal numbers, or without one, are all context; the next number is above them", async () => {
    const id = "equal-numbers-20251018T154000";
    const store = await openStore(originalStore());

    const { entries } = await managerOf(store).evidence(id);
    const added = await managerOf(store).addContext(
      { source: noteOf("x"), description: "next" },
      id,
    );

    const names = entries.map(({ name }) => name);
    expect(names).toEqual(["100_folder", "100_one.txt", "100_two.txt"]);
    expect((await store.listContext(id)).map(({ name }) => name)).toContain("_notes.md");
    expect(added.name).toBe("110_next.txt");
  });

  it("reading changes no byte, no mode and no time", async () => {
    const folder = originalStore();
    const before = spawnSync("ls", ["-lRA", "--time-style=full-iso", folder]).stdout.toString();
    const store = await openStore(folder);

    for (const id of FIXTURES) {
      await store.load(id);
      await store.read(id);
      await store.contextDigest(id);
      await managerOf(store).status(id);
    }
    await store.diagnose();
    await store.active();
    await store.close();

    expect(spawnSync("ls", ["-lRA", "--time-style=full-iso", folder]).stdout.toString()).toBe(
      before,
    );
  });
});

describe("what the original began is continued", () => {
  it("a transaction of the original goes on to DONE", async () => {
    const folder = originalStore();
    const theirs = logOf(folder, DEPLOY);
    const store = await openStore(folder);
    const manager = managerOf(store);

    await manager.update(undefined, { note: "ours" });
    await manager.addContext({ source: noteOf("fine"), description: "test report" });
    await manager.transition("VALIDATE");
    const { from, transaction } = await manager.commit();

    expect([from, transaction.state.stage]).toEqual(["VALIDATE", "DONE"]);
    expect(logOf(folder, DEPLOY).startsWith(theirs)).toBe(true);
    expect(namesOf(folder, DEPLOY).slice(8)).toEqual([
      "foreign_change",
      "txn_update",
      "evidence_added",
      "stage_transition",
      "txn_commit",
      "stage_transition",
    ]);
    expect((await store.listContext(DEPLOY)).at(-1)?.name).toBe("120_test report.txt");
  });

  it("unknown keys and the order of keys survive; new keys go to the end, revision after all", async () => {
    const folder = originalStore();
    const keys = Object.keys(stateOf(folder, DEPLOY));
    const manager = managerOf(await openStore(folder));

    await manager.update(DEPLOY, { zebra: 1, apple: 2 });
    await manager.transition("VALIDATE", DEPLOY);

    const state = stateOf(folder, DEPLOY);
    expect(Object.keys(state)).toEqual([...keys, "zebra", "apple", "revision"]);
    expect(state["cursor"]).toEqual({ file: "src/main.rs", lines: [10, 20] });
  });

  it.each(FIXTURES.filter((id) => !id.startsWith("committed")))(
    "%s can be moved and failed",
    async (id) => {
      const folder = originalStore();
      const theirs = logOf(folder, id);
      const manager = managerOf(await openStore(folder));

      await manager.transition("EXECUTE", id);
      await manager.fail('no "luck"', id);

      expect(stateOf(folder, id)).toMatchObject({ stage: "FAIL", last_error: 'no "luck"' });
      expect(logOf(folder, id).startsWith(theirs)).toBe(true);
    },
  );

  it("what the original finished stays finished", async () => {
    const manager = managerOf(await openStore(originalStore()));

    const refused = manager.transition("EXECUTE", "committed-20251018T155000");

    await expect(refused).rejects.toMatchObject({ code: "INVALID_STAGE" });
  });

  it("a state without a log, and a log without a state, are transactions too", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "only-state"));
    writeFileSync(
      join(folder, "only-state/state.json"),
      '{"txn_id": "only-state", "stage": "NEW"}\n',
    );
    mkdirSync(join(folder, "only-log"));
    writeFileSync(
      join(folder, "only-log/events.ndjson"),
      '{"ts":"x","event":"txn_start","txn_id":"only-log","description":"d"}',
    );
    mkdirSync(join(folder, "neither"));
    const store = await openStore(folder);
    const manager = managerOf(store);

    expect(await store.read("only-state")).toEqual([]);
    await manager.transition("SELECT", "only-state");
    await manager.transition("SELECT", "only-log");

    const listed = (await store.list()).map(({ txn_id, stage }) => [txn_id, stage]);
    expect(listed).toEqual([
      ["only-log", "SELECT"],
      ["only-state", "SELECT"],
    ]);
    // its first line had no newline, and is a line of its own all the same
    expect(namesOf(folder, "only-log")).toEqual([
      "txn_start",
      "foreign_change",
      "stage_transition",
    ]);
    await expect(store.load("neither")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("following a transaction of the original shows its lines and then ours", async () => {
    const store = await openStore(originalStore());
    const manager = managerOf(store);
    const seen: string[] = [];

    for await (const { event } of store.watch(DEPLOY, { from: 7 })) {
      seen.push(event?.event ?? "?");
      if (seen.length === 1) await manager.transition("VALIDATE", DEPLOY);
      if (seen.length === 3) break;
    }

    expect(seen).toEqual(["stage_transition", "foreign_change", "stage_transition"]);
  });
});

describe.skipIf(lacksTools)("the original works on ours (needs bash and jq)", () => {
  it("reads, moves, updates, adds and fails; nothing of either side is lost", async () => {
    const { store, manager, home, folder } = await temporaryStore();
    const { id } = await manager.create({ description: "ours", target: "@dev" });
    const source = join(home, "config.toml");
    writeFileSync(source, "port = 1\n");

    expect(await original(store, "txn_active")).toBe(id);
    expect(await original(store, "txn_transition", "SELECT", id)).toBe(
      "Transaction transitioned: NEW → SELECT",
    );
    await manager.update(id, { mine: 1 });
    await original(store, "txn_update", id, '{"theirs": 1}');
    await manager.addContext({ source: noteOf("a"), description: "first" }, id);
    expect(await original(store, "txn_add_ctx", source, "second", id)).toBe(
      "Added context: 110_second.toml",
    );
    await manager.addContext({ source: noteOf("c"), description: "third" }, id);
    await original(store, "txn_resolve_tes", id);
    await manager.transition("EXECUTE", id);
    await original(store, "txn_fail", id, "their reason");
    await expect(manager.commit(id)).rejects.toMatchObject({ code: "INVALID_STAGE" });
    await store.recover();

    expect(namesOf(folder, id)).toEqual([
      "txn_start",
      "stage_transition", // theirs
      "foreign_change",
      "txn_update",
      "foreign_change", // their update leaves no line
      "evidence_added",
      "evidence_added", // theirs
      "foreign_change",
      "evidence_added",
      "tes_resolved", // theirs
      "foreign_change",
      "stage_transition",
      "txn_fail", // theirs
      "stage_transition", // theirs
      "foreign_change",
    ]);
    const { state, evidence } = await store.load(id);
    expect(state).toMatchObject({
      stage: "FAIL",
      last_error: "their reason",
      mine: 1,
      theirs: 1,
      tes_plan: "dev.local",
    });
    expect(stateOf(folder, id)).toMatchObject(state);
    expect(evidence.map(({ file }) => file)).toEqual([
      "100_first.txt",
      "110_second.toml",
      "120_third.txt",
    ]);
    const places = (await store.read(id)).flatMap(({ event }) => event?.seq ?? []);
    expect(places).toEqual(places.map((_, at) => at));
  });

  it("its filter of events, a match of text, finds our lines", async () => {
    const { store, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "ours" });
    await manager.transition("SELECT", id);
    await manager.addContext({ source: noteOf("a"), description: "first" }, id);
    await manager.commit(id);

    expect((await original(store, "txn_events", id, "stage_transition")).split("\n")).toHaveLength(
      2,
    );
    expect((await original(store, "txn_events", id, "evidence_added")).split("\n")).toHaveLength(1);
    const commit = await original(store, "txn_events", id, "txn_commit");
    expect(commit).toMatch(
      /^\{"ts":"2026-01-31T09:30:00Z","event":"txn_commit","duration_ms":0,"seq":\d+,/,
    );
  });

  it("what it creates beside an open store is listed, continued and committed", async () => {
    const { store, manager, folder } = await temporaryStore();
    const ours = await manager.create({ description: "ours" });
    expect(await store.list()).toHaveLength(1);

    const id = await original(store, "txn_create", 'say "hi"', "@staging", "cron");
    const plain = await original(store, "txn_create", "plain");

    expect((await store.list()).map(({ txn_id }) => txn_id).toSorted()).toEqual(
      [id, ours.id, plain].toSorted(),
    );
    // `ln -sf` left a stray instead of moving the link
    expect(readdirSync(join(folder, ours.id))).toContain(plain);
    expect(await store.active()).toBe(ours.id);
    await manager.transition("EXECUTE", id);
    expect((await manager.commit(plain)).transaction.state).toMatchObject({
      description: "plain",
      stage: "DONE",
    });
    await store.recover();
    expect(
      (await store.diagnose()).filter(({ level }) => level !== "ok" && level !== "warning"),
    ).toEqual([]);
  });

  it("its update with what is not JSON empties the state, which is then made again", async () => {
    const { store, manager, folder } = await temporaryStore();
    const { id } = await manager.create({ description: "ours" });
    await manager.update(id, { kept: true });

    await original(store, "txn_update", id, "{nonsense").catch(() => undefined);

    expect(readFileSync(join(folder, id, "state.json"), "utf8")).toBe("");
    expect((await store.load(id)).state["kept"]).toBe(true);
    await store.recover();
    expect(stateOf(folder, id)).toMatchObject({ kept: true, revision: 2 });
  });

  it("both changing one transaction at once lose nothing of either", async () => {
    const { store, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "ours" });
    const keys = Array.from({ length: 12 }, (_, at) => at);
    const told = { theirsDone: false };
    const theirs = (async () => {
      for (const at of keys) await original(store, "txn_update", id, `{"theirs${at}": ${at}}`);
      told.theirsDone = true;
    })();

    let ours = 0;
    while (!told.theirsDone) await manager.update(id, { [`ours${(ours += 1)}`]: ours });
    await theirs;

    const { state } = await store.load(id);
    for (const at of keys) expect(state[`theirs${at}`]).toBe(at);
    for (let at = 1; at <= ours; at += 1) expect(state[`ours${at}`]).toBe(at);
    expect(ours).toBeGreaterThan(keys.length);
  });
});

describe("another tool's change that falls between our reading and our writing", () => {
  it("is adopted, not lost", async () => {
    const { folder, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "ours" });
    const fs = editingBeforeExchange((path) => editState(path, { theirs: 1, stage: "SELECT" }), 1);
    const store = await openStore(folder, { fs });

    await store.append(id, 1, [newEvent("txn_update", AT_MS, { changes: { mine: 1 } })]);

    expect((await store.load(id)).state).toMatchObject({ mine: 1, theirs: 1, stage: "SELECT" });
    expect(stateOf(folder, id)).toMatchObject({ mine: 1, theirs: 1, stage: "SELECT", revision: 3 });
    expect(namesOf(folder, id)).toEqual(["txn_start", "txn_update", "foreign_change"]);
  });

  it("is adopted also when it comes again and again", async () => {
    const { folder, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "ours" });
    const fs = editingBeforeExchange((path, nth) => editState(path, { [`theirs${nth}`]: nth }), 5);
    const store = await openStore(folder, { fs });

    await store.append(id, 1, [newEvent("txn_update", AT_MS, { changes: { mine: 1 } })]);

    const all = { mine: 1, theirs1: 1, theirs2: 2, theirs3: 3, theirs4: 4, theirs5: 5 };
    expect((await store.load(id)).state).toMatchObject(all);
    expect(stateOf(folder, id)).toMatchObject(all);
  });

  it("is adopted when it is a line and a state, as the original writes them", async () => {
    const { folder, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "ours" });
    const line =
      '{"ts":"2026-01-31T10:00:00Z","event":"stage_transition","from":"NEW","to":"SELECT"}\n';
    const fs = editingBeforeExchange((path) => {
      appendFileSync(join(folder, id, "events.ndjson"), line);
      editState(path, { stage: "SELECT", last_checkpoint: "2026-01-31T10:00:00Z" });
    }, 1);
    const store = await openStore(folder, { fs });

    await store.append(id, 1, [newEvent("txn_update", AT_MS, { changes: { mine: 1 } })]);

    expect((await store.load(id)).state).toMatchObject({ mine: 1, stage: "SELECT" });
    expect(stateOf(folder, id)).toMatchObject({ mine: 1, stage: "SELECT" });
    expect(logOf(folder, id)).toContain(line);
  });

  it("makes whoever decided without it decide again", async () => {
    const { folder, store, manager } = await temporaryStore();
    const { id } = await manager.create({ description: "ours" });
    editState(join(folder, id, "state.json"), { stage: "FAIL" });

    const late = store.append(id, 1, [
      newEvent("stage_transition", AT_MS, { from: "NEW", to: "DONE" }),
    ]);

    await expect(late).rejects.toSatisfy((error) => isTetraError(error, "CONFLICT"));
    await expect(manager.commit(id)).rejects.toMatchObject({ code: "INVALID_STAGE" });
    expect((await store.load(id)).state.stage).toBe("FAIL");
  });
});
