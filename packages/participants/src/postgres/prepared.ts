import type { Session } from "./pool.ts";
import { SQLSTATE, sqlState } from "./server-error.ts";

/** Others' prepared transactions are not ours to end. */
const OURS =
  "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() AND owner = current_user";

/** The prepared transactions of this database and user whose name starts with `start`. */
export async function listPrepared(session: Session, start: string): Promise<readonly string[]> {
  const { rows } = await session.ask(`${OURS} AND starts_with(gid, $1) ORDER BY prepared`, [start]);
  return rows.map(({ gid }) => String(gid));
}

/** Whether it waits for a decision. */
export async function isPrepared(session: Session, gid: string): Promise<boolean> {
  return (await session.ask(`${OURS} AND gid = $1`, [gid])).rowCount === 1;
}

/** Ends a prepared transaction. @returns false when there is none of that name. */
export async function finishPrepared(
  session: Session,
  how: "COMMIT" | "ROLLBACK",
  gid: string,
): Promise<boolean> {
  try {
    await session.ask(`${how} PREPARED '${gid}'`);
    return true;
  } catch (error) {
    if (sqlState(error) === SQLSTATE.undefinedObject) return false;
    throw error;
  }
}
