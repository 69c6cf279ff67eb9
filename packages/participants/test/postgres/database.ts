import { Socket } from "node:net";
import { startPostgres, type TestPostgres } from "@tetra/test-postgres";
import pg from "pg";
import { afterAll, beforeAll, expect, vi } from "vitest";
import {
  postgresParticipant,
  type PostgresBranch,
  type PostgresParticipant,
  type PostgresPool,
} from "../../src/postgres/index.ts";

/** Adds a note. */
export const NOTE = "INSERT INTO notes VALUES ($1)";
/** The branch that most tests are about. */
export const T1 = { txn: "t-1", participant: "pg" } as const;

type ServerOptions = Parameters<typeof startPostgres>[0];

/** A server for the tests of the current block. */
export function useServer(options: ServerOptions = {}): () => TestPostgres {
  let server: TestPostgres | undefined;
  beforeAll(async () => {
    server = await startPostgres(options);
  }, 60_000);
  afterAll(() => server?.stop());
  return () => {
    if (server === undefined) throw new Error("the server has not started");
    return server;
  };
}

/** A database for one test, with a table `notes (value)`. */
export interface TestDatabase {
  /** To connect to it. */
  readonly url: string;
  /** A new pool of connections to it. */
  pool(options?: pg.PoolConfig): pg.Pool;
  /** Runs a statement as its administrator. */
  query(text: string, values?: unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** A connection that nothing is done on but what the test does. It ends with the server. */
  session(): Promise<pg.Client>;
  /** What is in `notes`. */
  notes(): Promise<readonly string[]>;
  /** The names of all that is prepared in it, in their order. */
  prepared(): Promise<readonly string[]>;
  /** Ends all that is prepared in it, as an administrator may. */
  decide(how: "COMMIT" | "ROLLBACK"): Promise<void>;
}

let databases = 0;

/** Makes one on the server. */
export async function newDatabase(server: TestPostgres): Promise<TestDatabase> {
  databases += 1;
  const name = `test_${databases}`;
  await asAdministrator(server.url, `CREATE DATABASE ${name}`);
  const url = new URL(server.url);
  url.pathname = name;
  const query: TestDatabase["query"] = (text, values) => asAdministrator(url.href, text, values);
  await query("CREATE TABLE notes (value text)");
  const prepared: TestDatabase["prepared"] = async () =>
    (
      await query(
        "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY gid",
      )
    ).map(({ gid }) => String(gid));
  return {
    url: url.href,
    pool: (options) => newPool(url.href, options),
    query,
    notes: async () =>
      (await query("SELECT value FROM notes ORDER BY value")).map(({ value }) => String(value)),
    prepared,
    async session() {
      const client = new pg.Client({ connectionString: url.href });
      client.on("error", () => undefined);
      await client.connect();
      return client;
    },
    async decide(how) {
      for (const gid of await prepared()) await query(`${how} PREPARED '${gid}'`);
    },
  };
}

/** A pool that outlives its server. It needs no end: the server's is enough. */
function newPool(url: string, options?: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, allowExitOnIdle: true, ...options });
  pool.on("error", () => undefined);
  return pool;
}

async function asAdministrator(
  url: string,
  text: string,
  values?: unknown[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** The pool, with something that happens before or right after a statement is sent. */
export function watched(
  pool: pg.Pool,
  on: { readonly before?: () => void; readonly after?: () => void },
): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect();
      return {
        query(text, values) {
          on.before?.();
          const answer = client.query(text, values);
          on.after?.();
          return answer;
        },
        release: (destroy) => client.release(destroy),
        on: (event, listener) => client.on(event, listener),
        off: (event, listener) => client.off(event, listener),
      };
    },
  };
}

/** A participant with a change in the branch of `t-1`. */
export async function withNote(
  db: TestDatabase,
  pool: pg.Pool = db.pool(),
): Promise<{ readonly participant: PostgresParticipant; readonly branch: PostgresBranch }> {
  const participant = postgresParticipant({ name: "pg", pool });
  const branch = await participant.branch("t-1");
  await branch.query(NOTE, ["of-t-1"]);
  return { participant, branch };
}

/** Makes whoever commits or prepares a note wait until the returned function is called. */
export async function holdCommits(db: TestDatabase): Promise<() => Promise<void>> {
  await db.query(`
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION wait()`);
  const holder = await db.session();
  await holder.query("SELECT pg_advisory_lock(1)");
  return async () => {
    await holder.query("SELECT pg_advisory_unlock(1)");
  };
}

/** Resolves when as many connections wait for a lock. */
export async function untilWaiting(db: TestDatabase, count: number): Promise<void> {
  await vi.waitFor(async () => {
    const waiting = await db.query(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    expect(waiting).toHaveLength(count);
  }, 10_000);
}

/** Ends every connection to the database but the asking one. */
export async function cutConnections(db: TestDatabase): Promise<void> {
  await db.query(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
}

/** A pool whose connections can be broken as a killed process's are: the server notices when it next reads. */
export function breakablePool(db: TestDatabase): {
  readonly pool: pg.Pool;
  readonly breakAll: () => void;
} {
  const sockets: Socket[] = [];
  const stream = (): Socket => {
    const socket = new Socket();
    sockets.push(socket);
    return socket;
  };
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return { pool: db.pool({ stream }), breakAll };
}
