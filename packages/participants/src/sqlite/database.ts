import { resolve } from "node:path";
import { TetraError } from "@tetra/errors";
import Libsql from "libsql";
import type { ParticipantErrorCode } from "../errors.ts";
import { asParticipantError } from "./database-error.ts";
import { fromDriver, type SqliteValue, toBound } from "./sqlite-value.ts";

/** What is used of a connection: the part of `better-sqlite3`'s interface that `libsql` has. */
export interface SqliteDatabase {
  /** Whether the connection is open. */
  readonly open: boolean;
  /** Whether a transaction is open on this connection. */
  readonly inTransaction: boolean;
  /** Runs statements that give no rows. */
  exec(sql: string): unknown;
  /** A statement to be run with values. */
  prepare(sql: string): SqliteStatement;
  /** Ends the connection. */
  close(): unknown;
}

/** A prepared statement. */
export interface SqliteStatement {
  /** Whether it gives rows. */
  readonly reader: boolean;
  /** Runs it; how many rows changed. */
  run(values: readonly SqliteValue[]): { readonly changes: number };
  /** Its rows. */
  all(values: readonly SqliteValue[]): unknown[];
  /** Makes integers come as `bigint`. */
  safeIntegers(toggle: boolean): SqliteStatement;
}

/** A row: values by the name of their column. */
export type SqliteRow = Readonly<Record<string, SqliteValue>>;

const DEFAULT_BUSY_TIMEOUT_MS = 1000;

/** Where the data is: a file that is opened and closed here, or a connection that stays the caller's. */
export type DatabaseOptions =
  | {
      /** The database file. A new one is made in WAL mode; what is there keeps its mode. */
      readonly file: string;
      /** How long to wait for other writers, with the process standing still; 1000 ms unless told. */
      readonly busyTimeoutMs?: number;
    }
  | {
      /** A connection of `libsql` to a file. It is set to `synchronous=FULL`. */
      readonly database: SqliteDatabase;
    };

/** A connection that can keep promises. */
export interface Connection {
  readonly db: SqliteDatabase;
  /** What it leads to, for messages. */
  readonly where: string;
  /** Ends it, if it was opened here. */
  close(): void;
}

/**
 * Connects, and has every later commit flushed before it returns.
 * @throws TetraError `RESOURCE_AWAY` when the file cannot be opened now.
 * @throws TetraError `UNSAFE_DATABASE` when it is no database, or could not keep what is promised.
 */
export function connect(options: DatabaseOptions): Connection {
  const connection = "file" in options ? openFile(options) : borrow(options.database);
  try {
    return asParticipantError(connection.where, () => {
      connection.db.exec("PRAGMA synchronous = FULL");
      refuseUnsafe(connection);
      return connection;
    });
  } catch (error) {
    connection.close();
    throw error;
  }
}

function borrow(db: SqliteDatabase): Connection {
  const connection = { db, where: "the given connection", close() {} };
  refuseClosed(connection);
  return connection;
}

function openFile({
  file,
  busyTimeoutMs = DEFAULT_BUSY_TIMEOUT_MS,
}: Extract<DatabaseOptions, { readonly file: string }>): Connection {
  // an absolute path: the driver would take ":memory:" and addresses for something else than a file
  const where = resolve(file);
  const db: SqliteDatabase = asParticipantError(
    where,
    () => new Libsql(where, { timeout: busyTimeoutMs }),
  );
  try {
    return asParticipantError(where, () => {
      const [{ pages } = {}] = rows(db, "SELECT page_count AS pages FROM pragma_page_count", []);
      if (pages === 0) db.exec("PRAGMA journal_mode = WAL");
      db.exec("PRAGMA foreign_keys = ON");
      return { db, where, close: () => void db.close() };
    });
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Does `work` in a transaction that is the only writer, and commits it durably; nothing of it stays when
 * it throws. Synchronous, so that nothing else of this process comes in between.
 */
export function immediately<T>(connection: Connection, work: () => T): T {
  const { db, where } = connection;
  refuseClosed(connection);
  if (db.inTransaction) {
    throw new TetraError<ParticipantErrorCode>(
      "RESOURCE_AWAY",
      `${where}: the connection is inside a transaction of its own`,
      { hint: "end that one, or give the participant a connection of its own" },
    );
  }
  return asParticipantError(where, () => {
    db.exec("BEGIN IMMEDIATE");
    try {
      refuseUnsafe(connection);
      const result = work();
      db.exec("COMMIT");
      return result;
    } catch (error) {
      if (db.inTransaction) db.exec("ROLLBACK");
      throw error;
    }
  });
}

/** Reads what is committed. */
export function read<T>(connection: Connection, work: () => T): T {
  refuseClosed(connection);
  return asParticipantError(connection.where, work);
}

/** Reads with a statement that may be anybody's, so that a `WITH … DELETE` changes nothing. */
export function readOnly(
  connection: Connection,
  sql: string,
  values: readonly SqliteValue[],
): readonly SqliteRow[] {
  const { db } = connection;
  return read(connection, () => {
    db.exec("PRAGMA query_only = ON");
    try {
      return rows(db, sql, values);
    } finally {
      db.exec("PRAGMA query_only = OFF");
    }
  });
}

/** The rows of a query. */
export function rows(
  db: SqliteDatabase,
  sql: string,
  values: readonly SqliteValue[],
): readonly SqliteRow[] {
  const found = db.prepare(sql).safeIntegers(true).all(values.map(toBound));
  return found.map((row) =>
    Object.fromEntries(
      Object.entries(row ?? {}).map(([column, value]) => [column, fromDriver(value)]),
    ),
  );
}

/** The driver ends the process when it is asked anything about a connection that is closed. */
function refuseClosed({ db, where }: Connection): void {
  if (db.open) return;
  throw new TetraError<ParticipantErrorCode>(
    "RESOURCE_AWAY",
    `${where}: the connection is closed`,
    {
      hint: "open the participant again",
    },
  );
}

const SYNCHRONOUS_FULL = 2;
const WITHOUT_A_JOURNAL: ReadonlySet<SqliteValue> = new Set(["off", "memory"]);

/** What a connection must be for a commit to be whole and durable; it may have been changed meanwhile. */
function refuseUnsafe({ db, where }: Connection): void {
  const attached = rows(db, "PRAGMA database_list", []).filter(({ name }) => name !== "temp");
  const [{ file } = {}, other] = attached;
  if (other !== undefined) {
    throw unsafe(
      where,
      `${String(other["name"])} is attached; attached databases do not commit together`,
      "detach it, and give it a participant of its own",
    );
  }
  if (file === "") {
    throw unsafe(where, "it is in memory, where nothing lasts", "use a file");
  }
  const [{ synchronous } = {}] = rows(db, "PRAGMA synchronous", []);
  if (typeof synchronous !== "number" || synchronous < SYNCHRONOUS_FULL) {
    throw unsafe(
      where,
      "it does not flush what it commits",
      "leave PRAGMA synchronous at FULL on this connection",
    );
  }
  const [{ journal_mode: mode = null } = {}] = rows(db, "PRAGMA journal_mode", []);
  if (WITHOUT_A_JOURNAL.has(mode)) {
    throw unsafe(
      where,
      `its journal_mode is ${String(mode)}: a crash would break it`,
      "use WAL, or DELETE",
    );
  }
}

function unsafe(where: string, why: string, hint: string): TetraError<ParticipantErrorCode> {
  return new TetraError("UNSAFE_DATABASE", `${where}: ${why}`, { hint });
}
