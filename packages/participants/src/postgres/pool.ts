import { TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";
import { isAway } from "./server-error.ts";

/** The part of `pg.Pool` that is used. */
export interface PostgresPool {
  /** Takes a connection out of the pool. */
  connect(): Promise<PostgresClient>;
}

/** The part of `pg.PoolClient` that is used. */
export interface PostgresClient {
  /** Runs one statement with its parameters, or several without. */
  query(text: string, values?: unknown[]): Promise<PostgresResult>;
  /** Gives the connection back, or closes it. */
  release(destroy?: boolean): void;
  /** Listens for the loss of the connection. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Stops listening. */
  off(event: "error", listener: (error: Error) => void): unknown;
}

/** The part of `pg.QueryResult` that is used. */
export interface PostgresResult {
  /** How many rows were found or changed. */
  readonly rowCount: number | null;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** How long to wait, in milliseconds, before a server or a pool counts as away. */
export interface PostgresLimits {
  /** For a connection of the pool. */
  readonly connectMs: number;
  /** For the answer to one of our own statements. */
  readonly answerMs: number;
}

/** A connection taken out of the pool, that never waits for ever. */
export interface Session {
  /** One of our statements. @throws TetraError `RESOURCE_AWAY` when no answer comes in time. */
  ask(text: string, values?: unknown[]): Promise<PostgresResult>;
  /** One of the user's statements, which may take as long as it wants. */
  run(text: string, values?: unknown[]): Promise<PostgresResult>;
  /** Gives the connection back: the transaction has ended. */
  release(): void;
  /** Closes the connection, which rolls back what is open. */
  destroy(): void;
}

/** @throws TetraError `RESOURCE_AWAY` when no connection becomes free in time. */
export async function takeSession(pool: PostgresPool, limits: PostgresLimits): Promise<Session> {
  const connecting = pool.connect();
  const client = await within(limits.connectMs, connecting, {
    problem: "no connection of the pool became free",
    hint: "give the pool more connections, or end transactions that are open",
  }).catch((error: unknown) => {
    // a connection that comes too late goes back
    connecting.then(
      (late) => late.release(),
      () => undefined,
    );
    throw error;
  });
  // whoever asks next is told; without a listener the process would end
  const ignore = (): void => undefined;
  client.on("error", ignore);
  const giveBack = (destroy: boolean): void => {
    client.off("error", ignore);
    client.release(destroy);
  };
  return {
    ask: (text, values) =>
      within(limits.answerMs, client.query(text, values), {
        problem: "the server did not answer",
        hint: "see what the server is doing (pg_stat_activity)",
      }),
    run: (text, values) => client.query(text, values),
    release: () => giveBack(false),
    destroy: () => giveBack(true),
  };
}

/** Runs `work` on a connection of the pool, outside of any branch. */
export async function withSession<T>(
  pool: PostgresPool,
  limits: PostgresLimits,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await takeSession(pool, limits);
  try {
    const result = await work(session);
    session.release();
    return result;
  } catch (error) {
    if (isAway(error)) session.destroy();
    else session.release();
    throw error;
  }
}

async function within<T>(
  ms: number,
  work: Promise<T>,
  { problem, hint }: { readonly problem: string; readonly hint: string },
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const message = `${problem} in ${ms} ms`;
      reject(new TetraError<ParticipantErrorCode>("RESOURCE_AWAY", message, { hint }));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
