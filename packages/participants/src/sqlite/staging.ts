import { type Connection, immediately, rows, type SqliteRow } from "./database.ts";
import { decodeValues, encodeValues, type SqliteValue } from "./sqlite-value.ts";
import type { Lock, Step, Work } from "./work.ts";

// The tables of what is prepared, in the database that it is about. Every function here but `makeTables` and
// `preparedBranches` is called inside a transaction.

/**
 * What has become of a branch. `prepared`: its steps are staged and wait for a decision. `committed`: they
 * were applied. `refused`: they could not be applied after the decision; they are kept for a person to see.
 * `rolled_back`: it was rolled back while its work was perhaps still in the memory of another process, which
 * comes too late now.
 */
export type BranchState = (typeof STATES)[number];

const STATES = ["prepared", "committed", "refused", "rolled_back"] as const;

/** Branches of one participant. */
export interface Staging {
  readonly connection: Connection;
  /** The participant's name. */
  readonly participant: string;
  /** Participants of one kind have their keys in common. */
  readonly kind: "sqlite" | "vector";
}

const TABLES = `
CREATE TABLE IF NOT EXISTS _tetra_branch (
  txn TEXT NOT NULL, participant TEXT NOT NULL, kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('prepared', 'committed', 'refused', 'rolled_back')),
  at_ms INTEGER NOT NULL, reason TEXT,
  PRIMARY KEY (txn, participant)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS _tetra_step (
  txn TEXT NOT NULL, participant TEXT NOT NULL, step INTEGER NOT NULL,
  type TEXT NOT NULL, sql TEXT NOT NULL, parameters TEXT NOT NULL, changes INTEGER,
  UNIQUE (txn, participant, step)) STRICT;
CREATE TABLE IF NOT EXISTS _tetra_lock (
  kind TEXT NOT NULL, key TEXT NOT NULL, txn TEXT NOT NULL, participant TEXT NOT NULL, claim TEXT,
  PRIMARY KEY (kind, key, txn, participant)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS _tetra_lock_of ON _tetra_lock (txn, participant);
`;
const NOW_MS = "CAST(1000 * unixepoch('subsec') AS INTEGER)";
const OF_BRANCH = "txn = ? AND participant = ?";

/** Makes the tables of the toolkit, and `tables` more, where they are not there yet. */
export function makeTables(connection: Connection, tables = ""): void {
  // asked first: with everything there, opening must not wait for a writer
  const wanted = [...(TABLES + tables).matchAll(/ EXISTS (\w+)/g)].map(([, name = ""]) => name);
  const names = new Set(
    rows(connection.db, "SELECT name FROM sqlite_schema", []).map(({ name }) => name),
  );
  if (wanted.every((name) => names.has(name))) return;
  immediately(connection, () => connection.db.exec(TABLES + tables));
}

/** What has become of the branch; `undefined` when nothing is known of it. */
export function stateOf(staging: Staging, txn: string): BranchState | undefined {
  const [row] = select(staging, `SELECT state FROM _tetra_branch WHERE ${OF_BRANCH}`, txn);
  return STATES.find((state) => state === row?.["state"]);
}

/** Puts the work aside, to be applied later. */
export function stage(staging: Staging, txn: string, { steps, locks }: Work): void {
  const { participant, kind, connection } = staging;
  mark(staging, txn, "prepared");
  const addStep = connection.db.prepare("INSERT INTO _tetra_step VALUES (?, ?, ?, ?, ?, ?, ?)");
  steps.forEach((step, at) => {
    const { type, sql } = step;
    const changes = step.type === "run" ? (step.changes ?? null) : null;
    addStep.run([txn, participant, at, type, sql, encodeValues(step.parameters), changes]);
  });
  const addLock = connection.db.prepare("INSERT INTO _tetra_lock VALUES (?, ?, ?, ?, ?)");
  for (const { key, claim } of locks) addLock.run([kind, key, txn, participant, claim ?? null]);
}

/** What was put aside. */
export function stagedWork(staging: Staging, txn: string): Work {
  const locks = `SELECT key, claim FROM _tetra_lock WHERE ${OF_BRANCH} ORDER BY key`;
  return {
    steps: stagedSteps(staging, txn),
    locks: select(staging, locks, txn).map(({ key, claim }) => ({
      key: String(key),
      claim: typeof claim === "string" ? claim : undefined,
    })),
  };
}

function stagedSteps(staging: Staging, txn: string): readonly Step[] {
  const sql = `SELECT type, sql, parameters, changes FROM _tetra_step WHERE ${OF_BRANCH} ORDER BY step`;
  return select(staging, sql, txn).map(toStep);
}

function toStep({ type, sql, parameters, changes }: SqliteRow): Step {
  const statement = { sql: String(sql), parameters: decodeValues(String(parameters)) };
  return type === "check"
    ? { type, ...statement }
    : { type: "run", ...statement, changes: typeof changes === "number" ? changes : undefined };
}

/** Notes what has become of the branch. */
export function mark(staging: Staging, txn: string, state: BranchState, reason?: string): void {
  const { connection, participant, kind } = staging;
  connection.db
    .prepare(`INSERT OR REPLACE INTO _tetra_branch VALUES (?, ?, ?, ?, ${NOW_MS}, ?)`)
    .run([txn, participant, kind, state, reason ?? null]);
}

/** Removes what was put aside. */
export function dropWork(staging: Staging, txn: string): void {
  change(staging, `DELETE FROM _tetra_step WHERE ${OF_BRANCH}`, txn);
  change(staging, `DELETE FROM _tetra_lock WHERE ${OF_BRANCH}`, txn);
}

/** Forgets the branch. */
export function unmark(staging: Staging, txn: string): void {
  change(staging, `DELETE FROM _tetra_branch WHERE ${OF_BRANCH}`, txn);
}

/** Forgets the branches that ended before this time; how many they were. */
export function forgetEnded(staging: Staging, beforeMs: number): number {
  const sql = `DELETE FROM _tetra_branch
    WHERE participant = ? AND state IN ('committed', 'rolled_back') AND at_ms < ?`;
  return staging.connection.db.prepare(sql).run([staging.participant, beforeMs]).changes;
}

/** The transactions whose branches wait for a decision here, the oldest first. */
export function preparedBranches(staging: Staging): readonly string[] {
  const sql = `SELECT txn FROM _tetra_branch
    WHERE participant = ? AND state = 'prepared' ORDER BY at_ms, txn`;
  return rows(staging.connection.db, sql, [staging.participant]).map(({ txn }) => String(txn));
}

/** What other transactions have prepared here, by any participant of this kind. */
export function otherPrepared(
  staging: Staging,
  txn: string,
): readonly { readonly txn: string; readonly steps: readonly Step[] }[] {
  const sql = `SELECT txn, participant FROM _tetra_branch
    WHERE kind = ? AND txn <> ? AND state = 'prepared' ORDER BY at_ms, txn`;
  return rows(staging.connection.db, sql, [staging.kind, txn]).map((row) => {
    const [other, participant] = [String(row["txn"]), String(row["participant"])];
    return { txn: other, steps: stagedSteps({ ...staging, participant }, other) };
  });
}

/** A lock that another transaction holds already, and that transaction. */
export function heldByOther(
  { connection, kind }: Staging,
  txn: string,
  locks: readonly Lock[],
): { readonly lock: Lock; readonly txn: string } | undefined {
  // most of the time nobody holds anything, and a branch can have thousands of locks
  const others = "SELECT 1 FROM _tetra_lock WHERE txn <> ? LIMIT 1";
  if (rows(connection.db, others, [txn]).length === 0) return undefined;
  const sql = `SELECT txn FROM _tetra_lock NATURAL JOIN _tetra_branch
    WHERE kind = ? AND key = ? AND txn <> ? AND NOT coalesce(claim = ?, 0) AND state = 'prepared'`;
  for (const lock of locks) {
    const [holder] = rows(connection.db, sql, [kind, lock.key, txn, lock.claim ?? null]);
    if (holder !== undefined) return { lock, txn: String(holder["txn"]) };
  }
  return undefined;
}

function select(
  { connection, participant }: Staging,
  sql: string,
  txn: string,
): readonly SqliteRow[] {
  const branch: readonly SqliteValue[] = [txn, participant];
  return rows(connection.db, sql, branch);
}

function change({ connection, participant }: Staging, sql: string, txn: string): void {
  connection.db.prepare(sql).run([txn, participant]);
}
