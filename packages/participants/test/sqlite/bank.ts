import { join } from "node:path";
import Database from "libsql";
import { onTestFinished } from "vitest";
import { type SqliteParticipant, sqliteParticipant } from "../../src/sqlite/index.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const SCHEMA = `
  CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0));
  CREATE TABLE payment (id INTEGER PRIMARY KEY, account INTEGER REFERENCES account, code TEXT UNIQUE);
  INSERT INTO account VALUES (1, 100), (2, 0);`;

/** A database of two accounts, and a connection of somebody else to it. */
export function bank(file: string = join(temporaryFolder(), "bank.db")): {
  readonly file: string;
  readonly rows: SqliteParticipant;
  readonly foreigner: Database.Database;
} {
  const rows = open(file);
  const foreigner = connected(file);
  foreigner.exec(SCHEMA);
  return { file, rows, foreigner };
}

/** A participant that hardly waits. */
export function open(file: string): SqliteParticipant {
  const participant = sqliteParticipant({ name: "rows", file, busyTimeoutMs: 5 });
  onTestFinished(() => participant.close());
  return participant;
}

/** Somebody else's connection. */
export function connected(file: string): Database.Database {
  const db = new Database(file);
  onTestFinished(() => void (db.open && db.close()));
  return db;
}

/** The part of a transaction. */
export function of(txn: string): { readonly txn: string; readonly participant: string } {
  return { txn, participant: "rows" };
}

/** What is in the accounts, as everybody sees it. */
export const balances = (rows: SqliteParticipant): readonly unknown[] =>
  rows.all("SELECT balance FROM account ORDER BY id").map(({ balance }) => balance);

/** How much is staged. */
export const stagedIn = (db: Database.Database): unknown =>
  db
    .prepare("SELECT (SELECT count(*) FROM _tetra_step) + (SELECT count(*) FROM _tetra_lock) AS n")
    .all([]);
