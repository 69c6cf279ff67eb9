import { closeSync, fsyncSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { snapshotParticipant } from "@tetra/participants/snapshot";
import { sqliteParticipant } from "@tetra/participants/sqlite";
import { vectorParticipant } from "@tetra/participants/vector";
import { openFolderStore } from "@tetra/ttm-fs";
import { twoPhaseCommit } from "@tetra/tts-core/two-phase-commit";
import Database from "libsql";
import { inFolder, inTurn, millis, report } from "./measure.js";

const FILES = 50;
const ADD_NOTE = "INSERT INTO note VALUES (?, ?)";
const VECTOR = Float32Array.from({ length: 128 }, (_, at) => at / 128);

/** @param {string} file @param {string} schema */
function database(file, schema) {
  const db = new Database(file);
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = FULL");
  db.exec(schema);
  return db;
}

/** A file that is there when this returns. @param {string} path */
function writeDurably(path) {
  const fd = openSync(path, "w");
  writeFileSync(fd, "noted");
  fsyncSync(fd);
  closeSync(fd);
}

/** A folder with files in it, so that a snapshot has something to copy. @param {string} folder */
function workspace(folder) {
  mkdirSync(folder);
  for (let at = 0; at < FILES; at += 1) writeFileSync(join(folder, `${at}.md`), "x".repeat(4096));
  return folder;
}

/** Each of the three as one would write it alone: a commit, a commit, a flushed file. @param {string} folder */
function bareWrites(folder) {
  const notes = database(
    join(folder, "notes.db"),
    "CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT)",
  );
  const vectors = database(
    join(folder, "vectors.db"),
    "CREATE TABLE vector (id TEXT PRIMARY KEY, vector F32_BLOB)",
  );
  const addNote = notes.prepare(ADD_NOTE);
  const addVector = vectors.prepare("INSERT INTO vector VALUES (?, ?)");
  const bytes = Buffer.from(VECTOR.buffer);
  const files = workspace(join(folder, "files"));
  return {
    /** @param {string} id @param {boolean} isWithFile */
    write(id, isWithFile) {
      addNote.run([id, "noted"]);
      addVector.run([id, bytes]);
      if (isWithFile) writeDurably(join(files, "note.md"));
    },
    close() {
      notes.close();
      vectors.close();
    },
  };
}

/** The same three in one two-phase commit. @param {string} folder */
async function wholeWrites(folder) {
  const file = join(folder, "notes.db");
  database(file, "CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT)").close();
  const notes = sqliteParticipant({ name: "notes", file });
  const vectors = vectorParticipant({ name: "vectors", file: join(folder, "vectors.db") });
  const files = workspace(join(folder, "files"));
  const snapshot = snapshotParticipant({ name: "files", folder: files });
  const store = await openFolderStore({ folder: join(folder, "txns") });
  const coordinator = twoPhaseCommit({
    store,
    clock: { now: Date.now, offsetMinutes: () => 0 },
    timer: {
      until: (atMs, signal) =>
        sleep(Math.max(0, atMs - Date.now()), undefined, { signal }).catch(() => {}),
    },
    random: Math.random,
  });
  return {
    /** @param {string} id @param {boolean} isWithFile */
    async write(id, isWithFile) {
      const participants = isWithFile ? [notes, vectors, snapshot] : [notes, vectors];
      const txn = await coordinator.begin({ session: "bench", description: id, participants });
      notes.branch(txn).run(ADD_NOTE, [id, "noted"]);
      vectors.branch(txn).upsert({ collection: "notes", id, vector: VECTOR });
      if (isWithFile) writeFileSync(join(files, "note.md"), "noted");
      await coordinator.commit(txn);
    },
    async close() {
      notes.close();
      vectors.close();
      await store.close();
    },
  };
}

/** What it costs that several writes are made whole or not at all, and stay so after a crash. */
export async function twoPhaseOverhead() {
  await inFolder(async (folder) => {
    for (const name of ["bare", "whole"]) mkdirSync(join(folder, name));
    const bare = bareWrites(join(folder, "bare"));
    const whole = await wholeWrites(join(folder, "whole"));
    let count = 0;
    for (const { isWithFile, what, rounds } of [
      { isWithFile: false, what: "SQLite + vector", rounds: 60 },
      { isWithFile: true, what: `SQLite + vector + a folder of ${FILES} files`, rounds: 30 },
    ]) {
      const { a, b, ratio } = await inTurn({
        rounds,
        warmUp: 5,
        a: () => millis(() => whole.write(`n-${(count += 1)}`, isWithFile)),
        b: () => millis(() => bare.write(`n-${(count += 1)}`, isWithFile)),
      });
      report({
        name: `two-phase commit, ${what}`,
        figure: `${a.toFixed(1)} ms against ${b.toFixed(1)} ms for the same writes without it`,
        ratio,
        target: "for comparison",
        reached: true,
      });
    }
    bare.close();
    await whole.close();
  });
}
