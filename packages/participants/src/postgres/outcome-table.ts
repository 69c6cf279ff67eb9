import { TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";
import type { PostgresResult, Session } from "./pool.ts";
import { isNotSetUp, SQLSTATE, sqlState } from "./server-error.ts";

/**
 * What became of branches, in a table beside their data. PostgreSQL forgets a prepared transaction once it
 * has ended, so how it ended must be told by a row:
 *
 * - `committed` is written by the branch itself: the row is there exactly if its work is.
 * - `rolled_back` is written by whoever finds nothing of the branch. It holds the place, so that a slow
 *   process that wakes up later can neither prepare nor commit.
 */
export type Outcome = "committed" | "rolled_back";

/** The setting that lives exactly as long as the transaction that we began for a branch. */
const BRANCH_SETTING = "tetra.branch";
/** How long to wait for another session's row before looking again whether it has been prepared. */
const LOOK_AGAIN_MS = 200;

/** The statements on the table. */
export interface OutcomeTable {
  /**
   * Makes it where it is not there.
   * @returns the oid of the database.
   * @throws TetraError `UNSAFE_DATABASE` when the server cannot prepare, or the table cannot be made.
   */
  setUp(session: Session): Promise<string>;
  /** Begins a branch's transaction. */
  begin(session: Session, key: string): Promise<void>;
  /** Whether the session is still in the transaction of `begin`. */
  isInBranch(session: Session, key: string): Promise<boolean>;
  /**
   * Writes `committed` within the branch's transaction; with `onlyAfterWork`, unless it has changed nothing.
   * @returns whether it was written.
   */
  mark(
    session: Session,
    key: string,
    options: { readonly onlyAfterWork: boolean },
  ): Promise<boolean>;
  /** What is on record. */
  find(session: Session, key: string): Promise<Outcome | undefined>;
  /**
   * Decides for `rolled_back` unless the branch has committed. While its transaction is still open
   * somewhere (of a process that was killed just now), waits a little for its end.
   * @returns what is on record now; `undefined` when the branch is open still, or prepared.
   */
  settle(session: Session, key: string): Promise<Outcome | undefined>;
  /** The first keys after `last` of those that start with `start` and are on record for longer than `ms`. */
  olderThan(
    session: Session,
    range: { readonly start: string; readonly last: string; readonly ms: number },
  ): Promise<readonly string[]>;
  /** Forgets them. */
  remove(session: Session, keys: readonly string[]): Promise<void>;
}

/** The table `tetra_branches` in `schema`. */
export function outcomeTable(schema: string): OutcomeTable {
  const table = `"${schema.replaceAll('"', '""')}".tetra_branches`;
  const definition = `CREATE TABLE IF NOT EXISTS ${table} (key text COLLATE "C" PRIMARY KEY, outcome text NOT NULL CHECK (outcome IN ('committed', 'rolled_back')), at timestamptz NOT NULL DEFAULT now())`;
  const find: OutcomeTable["find"] = async (session, key) => {
    const found = await session.ask(`SELECT outcome FROM ${table} WHERE key = $1`, [key]);
    return toOutcome(found);
  };
  return {
    find,
    async setUp(session) {
      const { rows } = await session.ask(
        `SELECT current_setting('max_prepared_transactions')::int AS slots, to_regclass($1) IS NOT NULL AS there, (SELECT oid FROM pg_database WHERE datname = current_database()) AS oid`,
        [table],
      );
      const [row] = rows;
      if (row?.["slots"] === 0) throw preparingIsOff();
      if (row?.["there"] !== true) await create(session, definition);
      return String(row?.["oid"]);
    },
    async begin(session, key) {
      await session.ask(`BEGIN; SET LOCAL ${BRANCH_SETTING} = '${key}'`);
    },
    async isInBranch(session, key) {
      const { rowCount } = await session.ask(`SELECT WHERE ${inBranch}`, [key]);
      return rowCount === 1;
    },
    async mark(session, key, { onlyAfterWork }) {
      // the id that the row itself needs is given to the transaction after the condition was looked at
      const worked = onlyAfterWork ? "AND pg_current_xact_id_if_assigned() IS NOT NULL" : "";
      const { rowCount } = await session.ask(
        `INSERT INTO ${table} (key, outcome) SELECT $1::text, 'committed' WHERE ${inBranch} ${worked}`,
        [key],
      );
      return rowCount === 1;
    },
    async settle(session, key) {
      // whatever the database's defaults are
      await session.ask("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
      try {
        await session.ask(`SET LOCAL lock_timeout = ${LOOK_AGAIN_MS}`);
        await keepDurable(session);
        await session.ask(
          `INSERT INTO ${table} (key, outcome) VALUES ($1, 'rolled_back') ON CONFLICT DO NOTHING`,
          [key],
        );
        const outcome = await find(session, key);
        await session.ask("COMMIT");
        return outcome;
      } catch (error) {
        if (sqlState(error) === undefined) throw error;
        await session.ask("ROLLBACK");
        if (sqlState(error) === SQLSTATE.lockNotAvailable) return undefined;
        throw error;
      }
    },
    async olderThan(session, { start, last, ms }) {
      // in the byte order of the key, all that start with `x:` come before `x;`
      const end = start.replace(/:$/, ";");
      const { rows } = await session.ask(
        `SELECT key FROM ${table} WHERE key > $1 AND key < $2 AND at <= now() - $3 * interval '1 ms' ORDER BY key LIMIT 1000`,
        [last, end, ms],
      );
      return rows.map(({ key }) => String(key));
    },
    async remove(session, keys) {
      await session.ask(`DELETE FROM ${table} WHERE key = ANY ($1::text[])`, [keys]);
    },
  };
}

const inBranch = `current_setting('${BRANCH_SETTING}', true) = $1`;

/** A plain COMMIT may be set to return before it is on the disk. Preparing never does. */
export async function keepDurable(session: Session): Promise<void> {
  await session.ask(
    "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'",
  );
}

function toOutcome({ rows: [row] }: PostgresResult): Outcome | undefined {
  if (row === undefined) return undefined;
  return row["outcome"] === "committed" ? "committed" : "rolled_back";
}

/** IF NOT EXISTS does not keep two from trying at once: a row, a table or a type of that name is there. */
const CREATED_MEANWHILE: ReadonlySet<unknown> = new Set([
  SQLSTATE.uniqueViolation,
  SQLSTATE.duplicateTable,
  SQLSTATE.duplicateObject,
]);

async function create(session: Session, definition: string): Promise<void> {
  try {
    await session.ask(definition);
  } catch (error) {
    // another process was creating it, too
    if (CREATED_MEANWHILE.has(sqlState(error))) return;
    if (!isNotSetUp(error)) throw error;
    throw new TetraError<ParticipantErrorCode>(
      "UNSAFE_DATABASE",
      "the table that remembers how branches ended cannot be created",
      { hint: `as an administrator, run: ${definition}; and grant its use`, cause: error },
    );
  }
}

function preparingIsOff(): TetraError<ParticipantErrorCode> {
  return new TetraError(
    "UNSAFE_DATABASE",
    "max_prepared_transactions is 0: the server cannot prepare transactions",
    {
      hint: "set max_prepared_transactions in postgresql.conf, to max_connections or more, and restart the server",
    },
  );
}
