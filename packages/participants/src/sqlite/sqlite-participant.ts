import { checkParticipantName } from "../participant-name.ts";
import {
  connect,
  type DatabaseOptions,
  immediately,
  readOnly,
  type SqliteRow,
} from "./database.ts";
import { checkSql } from "./sql-text.ts";
import type { SqliteValue } from "./sqlite-value.ts";
import { type StagedParticipant, stagedParticipant } from "./staged-participant.ts";
import { makeTables, forgetEnded } from "./staging.ts";

/** Where the data is, and what the participant is called. */
export type SqliteParticipantOptions = DatabaseOptions & {
  /** Unique among all transactions that may touch this database: lower-case letters, digits, `-`, `_`. */
  readonly name: string;
};

/** What a statement changes, beyond what it says. */
export interface RunOptions {
  /** How many rows must change, at prepare and at commit; any number unless told. */
  readonly changes?: number;
}

/** One transaction's part in a database: kept in memory until it is prepared. */
export interface SqliteBranch {
  /**
   * Adds a statement that changes something, with a value for each `?`. It is run at prepare to see that it
   * can be, and again at commit: what it computes, such as `random()`, it computes at commit.
   * @throws TetraError `INVALID_INPUT` when it is not one such statement, a value could not be stored as
   * it is, or the branch is prepared already.
   */
  run(sql: string, parameters?: readonly SqliteValue[], options?: RunOptions): void;
  /**
   * Adds a query whose first value must be true (not 0, not `NULL`) when the branch is prepared and, in the
   * same place among the statements, when it is committed.
   * @throws TetraError `INVALID_INPUT` as {@link SqliteBranch.run}
   */
  check(sql: string, parameters?: readonly SqliteValue[]): void;
  /**
   * Declares what the branch changes, or counts on, such as `notes/42`: while it is prepared, another branch
   * with one of these keys is refused. The keys are the branch's write set.
   * @throws TetraError `INVALID_INPUT` when the branch is prepared already.
   */
  lock(...keys: readonly string[]): void;
}

/** A SQLite database that takes part in two-phase commit. */
export interface SqliteParticipant extends StagedParticipant {
  /** The transaction's part here, to give it work. */
  branch(txn: string): SqliteBranch;
  /**
   * The first row of a query on what is committed; `undefined` without one.
   * @throws TetraError `INVALID_INPUT`, `WORK_REFUSED` when it is no query, or not a right one.
   */
  get(sql: string, parameters?: readonly SqliteValue[]): SqliteRow | undefined;
  /** All rows of a query on what is committed. Throws as {@link SqliteParticipant.get}. */
  all(sql: string, parameters?: readonly SqliteValue[]): readonly SqliteRow[];
  /**
   * Forgets how branches ended here before this time (milliseconds since the epoch). Only for transactions that
   * have ended: to commit one of them again would then be an error.
   * @returns how many.
   */
  forget(beforeMs: number): number;
  /** Closes the file, if it was opened here. What is prepared stays prepared. */
  close(): void;
}

/**
 * A SQLite database as a participant. It stages a branch's statements in tables of its own (`_tetra_…`) in
 * that database and applies them at commit, in one transaction.
 * @throws TetraError `RESOURCE_AWAY` when the file cannot be opened now.
 * @throws TetraError `UNSAFE_DATABASE` when it is no database, is in memory, has others attached, or would
 * not survive a crash.
 * @throws TetraError `INVALID_INPUT` for a name that cannot be one.
 */
export function sqliteParticipant(options: SqliteParticipantOptions): SqliteParticipant {
  const name = checkParticipantName(options.name);
  const connection = connect(options);
  const staging = { connection, participant: name, kind: "sqlite" } as const;
  makeTables(connection);
  const { participant, workOf } = stagedParticipant(staging);

  const all: SqliteParticipant["all"] = (sql, parameters = []) => {
    checkSql("read", sql, parameters);
    return readOnly(connection, sql, parameters);
  };
  return {
    ...participant,
    branch(txn) {
      const work = workOf(txn);
      return {
        run(sql, parameters = [], { changes } = {}) {
          checkSql("change", sql, parameters);
          work.add({ type: "run", sql, parameters: [...parameters], changes });
        },
        check(sql, parameters = []) {
          checkSql("read", sql, parameters);
          work.add({ type: "check", sql, parameters: [...parameters] });
        },
        lock(...keys) {
          for (const key of keys) work.lock({ key, claim: undefined });
        },
      };
    },
    get: (sql, parameters) => all(sql, parameters)[0],
    all,
    forget: (beforeMs) => immediately(connection, () => forgetEnded(staging, beforeMs)),
    close: () => connection.close(),
  };
}
