// An agent's memory in three subsystems: rows that say what there is, vectors to find it by, files to work with.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { snapshotParticipant } from "@tetra/participants/snapshot";
import { sqliteParticipant } from "@tetra/participants/sqlite";
import { vectorParticipant } from "@tetra/participants/vector";
import Database from "libsql";
import { DIMENSIONS, embed } from "./embedding.js";

/** @typedef {{ id: string, text: string }} Memory */
/** @typedef {import("@tetra/tts-core/two-phase-commit").TwoPhaseCommit} TwoPhaseCommit */

const COLLECTION = "memories";
const ROWS = "SELECT id, text FROM memory ORDER BY id";
const REMEMBER = `INSERT INTO memory (id, session, text) VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET session = excluded.session, text = excluded.text`;
const RATE = "UPDATE memory SET importance = ? WHERE id = ?";

/** @param {string} id */
const keyOf = (id) => `${COLLECTION}/${id}`;

/**
 * Opens the three, made when they are not there. Any number of processes may.
 * @param {string} folder
 */
export function openMemory(folder) {
  const workspace = join(folder, "workspace");
  mkdirSync(workspace, { recursive: true });
  const file = join(folder, "core.db");
  const rows = sqliteParticipant({ name: "core", file });
  makeTable(file);
  const vectors = vectorParticipant({
    name: "vectors",
    file: join(folder, "vectors.db"),
    dimensions: { [COLLECTION]: DIMENSIONS },
  });
  const files = snapshotParticipant({ name: "workspace", folder: workspace });

  return {
    core: rows,
    participants: [rows, vectors, files],

    /**
     * Writes memories in a transaction: what is in the files is there at once, and goes if it is rolled back; the
     * rest nobody sees before the commit.
     * @param {TwoPhaseCommit} coordinator
     * @param {{ txn: string, session: string, memories: readonly Memory[] }} work
     */
    async write(coordinator, { txn, session, memories }) {
      const branch = rows.branch(txn);
      for (const { id, text } of memories) {
        branch.run(REMEMBER, [id, session, text], { changes: 1 });
        branch.lock(keyOf(id));
        await coordinator.bufferVectorUpsert(txn, {
          collection: COLLECTION,
          id,
          text,
          vector: embed(text),
          metadata: { session },
          dimensions: DIMENSIONS,
        });
        writeFileSync(join(workspace, `${id}.md`), `${text}\n`);
      }
    },

    /**
     * Says how much a memory matters: a change of its row alone.
     * @param {{ txn: string, id: string, importance: number }} rating
     */
    rate({ txn, id, importance }) {
      const branch = rows.branch(txn);
      branch.run(RATE, [importance, id], { changes: 1 });
      branch.lock(keyOf(id));
    },

    /** The memories nearest to a question. @param {string} question @param {number} count */
    recall: (question, count) => vectors.search(COLLECTION, embed(question), count),

    /** What each of the three holds, as `id: text`, sorted. */
    contents() {
      const found = vectors.search(COLLECTION, embed("everything"), vectors.count(COLLECTION));
      return {
        rows: rows.all(ROWS).map(({ id, text }) => `${String(id)}: ${String(text)}`),
        vectors: found.map(({ id, text }) => `${id}: ${text}`).toSorted(),
        files: readdirSync(workspace)
          .toSorted()
          .map(
            (name) => `${name.slice(0, -3)}: ${readFileSync(join(workspace, name), "utf8").trim()}`,
          ),
      };
    },

    close() {
      rows.close();
      vectors.close();
    },
  };
}

/** @param {string} file */
function makeTable(file) {
  const db = new Database(file, { timeout: 1000 });
  db.exec(`CREATE TABLE IF NOT EXISTS memory (
    id TEXT PRIMARY KEY, session TEXT NOT NULL, text TEXT NOT NULL, importance INTEGER NOT NULL DEFAULT 0) STRICT`);
  db.close();
}
