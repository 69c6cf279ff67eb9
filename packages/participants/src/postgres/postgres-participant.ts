import { TetraError } from "@tetra/errors";
import type { OnePhase, Participant } from "@tetra/tts-core/two-phase-commit";
import type { ParticipantErrorCode } from "../errors.ts";
import { branchOf, checkScope, gidOf, type GidScope, keyOf, scopeStart } from "./gid.ts";
import {
  type BranchName,
  commitBranch,
  openBranch,
  type OpenBranch,
  prepareBranch,
  rollBackBranch,
} from "./open-branch.ts";
import { type Outcome, outcomeTable } from "./outcome-table.ts";
import {
  type PostgresLimits,
  type PostgresPool,
  type PostgresResult,
  type Session,
  takeSession,
  withSession,
} from "./pool.ts";
import { finishPrepared, isPrepared, listPrepared } from "./prepared.ts";
import { explained } from "./server-error.ts";

// P1. A branch votes yes only after PREPARE TRANSACTION has answered, in the transaction that we began.
// P2. The row `committed` is part of the branch's transaction: it is there exactly if the work is.
// P3. What is found neither prepared nor committed is settled as `rolled_back` before that is said, so
//     that nobody can commit it later. A killed process's statement that still runs is waited for.
// P4. Nothing waits for ever: neither for a connection, nor for an answer, nor for a lock.

/** What a PostgreSQL participant is made from. */
export interface PostgresOptions {
  /** The participant's name: up to 64 lower-case letters, digits, `-` and `_`. */
  readonly name: string;
  /**
   * A `pg.Pool`. Each open branch holds one of its connections. All its connections must be to one
   * database, as one user. It stays the caller's, to end.
   */
  readonly pool: PostgresPool;
  /**
   * What names of prepared transactions begin with: up to 40 such characters, default `tetra`. Stores that
   * share a database and do not know each other's transactions need different ones.
   */
  readonly prefix?: string;
  /** The schema that holds the table `tetra_branches`, which is made when it is not there. Default `public`. */
  readonly schema?: string;
  /** How long to wait for a connection of the pool, in milliseconds. Default 10,000. */
  readonly connectMs?: number;
  /** How long to wait for the answer to BEGIN, PREPARE TRANSACTION, COMMIT and the like. Default 30,000. */
  readonly answerMs?: number;
}

/** A branch's transaction, open on a connection of its own. */
export interface PostgresBranch {
  /**
   * Runs a statement in the branch, with parameters for `$1`, `$2` …. What the driver throws is thrown
   * as it is. `SET TRANSACTION ISOLATION LEVEL …` may be the first one.
   * @throws TetraError `UNKNOWN_BRANCH` when the branch has ended.
   */
  query(text: string, values?: unknown[]): Promise<PostgresResult>;
  /** Adds to the keys that the branch is going to change, such as `accounts/7`: for finding conflicts. */
  declare(...keys: readonly string[]): void;
}

/** Which outcomes may be forgotten. */
export interface ForgetOptions {
  /** Only what ended longer ago than this, in milliseconds. */
  readonly olderThanMs: number;
  /** Whether the transaction has ended, so that nobody will ask for its branch again. */
  readonly isEnded: (txn: string) => Promise<boolean>;
}

/** A PostgreSQL database as a participant. */
export interface PostgresParticipant extends Participant {
  readonly onePhase: OnePhase;
  /**
   * The branch of a transaction: begun at the first call, the same one at the next. It belongs to this
   * object; if the process ends or loses the connection before `prepare`, the server rolls it back.
   * @throws TetraError `RESOURCE_AWAY` when the server or a free connection cannot be had,
   * `UNSAFE_DATABASE` when the server cannot prepare, `INVALID_INPUT` when the id is too long.
   */
  branch(txn: string): Promise<PostgresBranch>;
  /**
   * Removes old rows of `tetra_branches`. A row is needed for as long as the coordinator may ask again.
   * @returns how many were removed.
   */
  forget(options: ForgetOptions): Promise<number>;
}

/**
 * A PostgreSQL database (13 or later, with `max_prepared_transactions` above 0) as a participant.
 * @throws TetraError `INVALID_INPUT` when the name or prefix is not one.
 */
export function postgresParticipant(options: PostgresOptions): PostgresParticipant {
  const { name, pool, prefix = "tetra", schema = "public" } = options;
  const { connectMs = 10_000, answerMs = 30_000 } = options;
  const limits: PostgresLimits = { connectMs, answerMs };
  const scope: GidScope = { prefix, participant: name };
  checkScope(scope);
  const outcomes = outcomeTable(schema);
  /** What has begun in this process; `undefined` for what has no work yet. */
  const begun = new Map<string, Promise<OpenBranch> | undefined>();
  let ready: Promise<string> | undefined;

  /** Sets the table up, once. @returns the database's oid. */
  async function isReady(): Promise<string> {
    ready ??= withSession(pool, limits, (session) => outcomes.setUp(session));
    try {
      return await ready;
    } catch (error) {
      ready = undefined;
      throw error;
    }
  }

  /** Does something about a transaction; its errors say which one and where. */
  async function about<T>(txn: string, work: (branch: BranchName) => Promise<T>): Promise<T> {
    try {
      const key = keyOf(scope, txn);
      return await work({ key, gid: gidOf(key, await isReady()) });
    } catch (error) {
      throw explained(`${name}: ${txn}`, error, { txn, participant: name });
    }
  }

  async function onServer<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return await withSession(pool, limits, work);
  }

  /** Does something about all transactions. */
  async function inAll<T>(work: (session: Session) => Promise<T>): Promise<T> {
    try {
      await isReady();
      return await onServer(work);
    } catch (error) {
      throw explained(name, error, { participant: name });
    }
  }

  async function openOnce(txn: string, branchName: BranchName): Promise<OpenBranch> {
    const open = async (): Promise<OpenBranch> =>
      await openBranch(outcomes, await takeSession(pool, limits), branchName);
    const opening = begun.get(txn) ?? open();
    begun.set(txn, opening);
    try {
      return await opening;
    } catch (error) {
      begun.delete(txn);
      throw error;
    }
  }

  /** What is begun here is the coordinator's from now on. */
  async function takeOut(txn: string): Promise<OpenBranch | "without-work" | "not-here"> {
    if (!begun.has(txn)) return "not-here";
    const opening = begun.get(txn);
    begun.delete(txn);
    const branch = await opening;
    if (branch === undefined) return "without-work";
    branch.hasEnded = true;
    return branch;
  }

  /** Rolls back what is prepared, and settles what is neither prepared nor committed. */
  async function settle(session: Session, { key, gid }: BranchName): Promise<Outcome> {
    const giveUpAt = performance.now() + answerMs;
    for (;;) {
      if (await finishPrepared(session, "ROLLBACK", gid)) return "rolled_back";
      const outcome = await outcomes.settle(session, key); // P3
      if (outcome !== undefined) return outcome;
      if (performance.now() > giveUpAt) throw isStillOpen(answerMs); // P4
    }
  }

  const onePhase: OnePhase = {
    commit: ({ txn }) =>
      about(txn, async (branchName) => {
        // without work it leaves its row, too
        if (begun.has(txn)) await openOnce(txn, branchName);
        const branch = await takeOut(txn);
        if (typeof branch === "object") return await commitBranch(outcomes, branch);
        const outcome = await onServer((session) => outcomes.find(session, branchName.key));
        if (outcome !== "committed") throw isNotHere();
      }),

    isCommitted: ({ txn }) =>
      about(txn, async (branchName) => {
        if (begun.has(txn)) return false;
        return (await onServer((session) => settle(session, branchName))) === "committed";
      }),
  };

  return {
    name,
    onePhase,

    begin: ({ txn }) =>
      about(txn, () => {
        if (!begun.has(txn)) begun.set(txn, undefined);
        return Promise.resolve();
      }),

    branch: (txn) =>
      about(txn, async (branchName) => {
        const branch = await openOnce(txn, branchName);
        return {
          async query(text, values) {
            if (branch.hasEnded) throw explained(`${name}: ${txn}`, isNotHere(), {});
            return await branch.session.run(text, values);
          },
          declare(...keys) {
            for (const key of keys) branch.keys.add(key);
          },
        };
      }),

    prepare: ({ txn }) =>
      about(txn, async ({ key, gid }) => {
        const branch = await takeOut(txn);
        if (typeof branch === "object") return await prepareBranch(outcomes, branch); // P1
        if (branch === "without-work") return "read-only";
        const isKept = await onServer(
          async (session) =>
            (await isPrepared(session, gid)) || (await outcomes.find(session, key)) === "committed",
        );
        if (!isKept) throw isNotHere();
        return "yes";
      }),

    commit: ({ txn }) =>
      about(txn, ({ key, gid }) =>
        onServer(async (session) => {
          if (await finishPrepared(session, "COMMIT", gid)) return;
          // P2: PostgreSQL shows the row before it forgets the name
          if ((await outcomes.find(session, key)) !== "committed") throw heuristic("rolled_back");
        }),
      ),

    rollback: ({ txn }) =>
      about(txn, async (branchName) => {
        const branch = await takeOut(txn);
        if (typeof branch === "object") return await rollBackBranch(branch);
        if (branch === "without-work") return;
        const outcome = await onServer((session) => settle(session, branchName));
        if (outcome === "committed") throw heuristic("committed");
      }),

    async recover() {
      const gids = await inAll((session) => listPrepared(session, scopeStart(scope)));
      return gids.flatMap((gid) => branchOf(scope, gid) ?? []);
    },

    async writeSet({ txn }) {
      return [...((await begun.get(txn))?.keys ?? [])];
    },

    async forget({ olderThanMs: ms, isEnded }) {
      const start = scopeStart(scope);
      const page = (last: string): Promise<readonly string[]> =>
        inAll((session) => outcomes.olderThan(session, { start, last, ms }));
      let count = 0;
      for (let keys = await page(start); keys.length > 0; keys = await page(keys.at(-1) ?? start)) {
        const needless: string[] = [];
        for (const key of keys) {
          const branch = branchOf(scope, key);
          if (branch !== undefined && (await isEnded(branch.txn))) needless.push(key);
        }
        await inAll((session) => outcomes.remove(session, needless));
        count += needless.length;
      }
      return count;
    },
  };
}

function isNotHere(): TetraError<ParticipantErrorCode> {
  return new TetraError("UNKNOWN_BRANCH", "the branch is not open in this process", {
    hint: "work and prepare with one participant in one process; run the transaction again",
  });
}

function isStillOpen(ms: number): TetraError<ParticipantErrorCode> {
  return new TetraError("RESOURCE_AWAY", `somebody still works in the branch after ${ms} ms`, {
    hint: "see whose connection it is (pg_stat_activity)",
  });
}

function heuristic(outcome: Outcome): TetraError<ParticipantErrorCode> {
  const what = outcome === "committed" ? "committed" : "rolled back";
  return new TetraError("HEURISTIC", `the branch was ${what} by somebody else`, {
    hint: "compare the database with the other participants, and mend it by hand",
    details: { outcome },
  });
}
