import { isTetraError, TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";
import { asParticipantError } from "./database-error.ts";
import { rows, type SqliteDatabase, type SqliteStatement } from "./database.ts";
import { brief } from "./sql-text.ts";
import { type SqliteValue, toBound } from "./sqlite-value.ts";

/** One thing that a branch does, or wants to hold while it does the others. */
export type Step =
  | {
      readonly type: "run";
      readonly sql: string;
      readonly parameters: readonly SqliteValue[];
      /** How many rows must change. */
      readonly changes: number | undefined;
    }
  | {
      /** A query whose first value must be true. */
      readonly type: "check";
      readonly sql: string;
      readonly parameters: readonly SqliteValue[];
    };

/** What a branch keeps other branches from preparing. */
export interface Lock {
  /** Such as `notes/42`. */
  readonly key: string;
  /** Those that claim the same share the key; without a claim it is one branch's alone. */
  readonly claim: string | undefined;
}

/** Everything that a branch does. */
export interface Work {
  readonly steps: readonly Step[];
  readonly locks: readonly Lock[];
}

/**
 * Does the steps, in their order, in the transaction that is open.
 * @throws TetraError `WORK_REFUSED` at the first that cannot be done.
 */
export function perform(db: SqliteDatabase, steps: readonly Step[]): void {
  const statements = new Map<string, SqliteStatement>();
  steps.forEach((step, at) => {
    const { type, sql, parameters } = step;
    const where = `step ${at + 1}, ${brief(sql)}`;
    asParticipantError(where, () => {
      if (type === "check") {
        const [row = {}] = rows(db, sql, parameters);
        const [value] = Object.values(row);
        if (!isTrue(value)) throw refused(where, `the check gave ${String(value ?? "nothing")}`);
        return;
      }
      const statement = statements.get(sql) ?? db.prepare(sql);
      statements.set(sql, statement);
      if (statement.reader) throw refused(where, "it gives rows, which nobody would get");
      const { changes } = statement.run(parameters.map(toBound));
      if (step.changes !== undefined && changes !== step.changes) {
        throw refused(where, `it changed ${changes} rows where ${step.changes} were expected`);
      }
    });
  });
}

/** As SQLite takes a number for true or false. */
function isTrue(value: SqliteValue | undefined): boolean {
  return (typeof value === "number" || typeof value === "bigint") && Number(value) !== 0;
}

function refused(where: string, why: string): TetraError<ParticipantErrorCode> {
  return new TetraError("WORK_REFUSED", `${where}: ${why}`, {
    hint: "read again what is there, and decide again",
  });
}

/**
 * Does the work of several branches, one after the other, and takes it all back. Must be called in a
 * transaction, which stays open and unchanged.
 * @returns how many were done, and why not the next one.
 */
export function rehearse(
  db: SqliteDatabase,
  branches: readonly (readonly Step[])[],
): { readonly done: number; readonly refusal?: TetraError } {
  let done = 0;
  db.exec("SAVEPOINT _tetra_rehearsal");
  try {
    for (const steps of branches) {
      const before = brokenReferences(db);
      perform(db, steps);
      refuseNewlyBroken(before, brokenReferences(db));
      done += 1;
    }
    return { done };
  } catch (refusal) {
    // not in a transaction: a trigger's RAISE(ROLLBACK), or INSERT OR ROLLBACK, has ended all of it
    if (!isTetraError(refusal, "WORK_REFUSED") || !db.inTransaction) throw refusal;
    return { done, refusal };
  } finally {
    if (db.inTransaction) db.exec("ROLLBACK TO _tetra_rehearsal; RELEASE _tetra_rehearsal");
  }
}

/**
 * References that lead nowhere, where SQLite would only say so at COMMIT, which a rehearsal never reaches.
 * Costs a look at every reference, so only databases with such constraints pay.
 */
function brokenReferences(db: SqliteDatabase): ReadonlySet<string> {
  const deferred = "SELECT 1 FROM sqlite_schema WHERE sql LIKE '%DEFERRED%' LIMIT 1";
  if (rows(db, deferred, []).length === 0) return new Set();
  const [{ foreign_keys: areEnforced } = {}] = rows(db, "PRAGMA foreign_keys", []);
  if (areEnforced !== 1) return new Set();
  const broken = rows(db, "PRAGMA foreign_key_check", []);
  return new Set(
    broken.map(
      ({ table, parent, rowid }) =>
        `${String(table)} refers to ${String(parent)} (row ${String(rowid)})`,
    ),
  );
}

function refuseNewlyBroken(before: ReadonlySet<string>, after: ReadonlySet<string>): void {
  for (const broken of after) {
    if (!before.has(broken)) throw refused(broken, "which is not there");
  }
}
