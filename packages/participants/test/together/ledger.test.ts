import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { hasPostgres } from "@tetra/test-postgres";
import { openFolderStore } from "@tetra/ttm-fs";
import { twoPhaseCommit } from "@tetra/tts-core/two-phase-commit";
import Database from "libsql";
import { describe, expect, it } from "vitest";
import { postgresParticipant } from "../../src/postgres/index.ts";
import { sqliteParticipant } from "../../src/sqlite/index.ts";
import { newDatabase, type TestDatabase, useServer } from "../postgres/database.ts";
import { temporaryFolder } from "../temporary-folder.ts";

// Money moves from accounts in SQLite to accounts in PostgreSQL, in two processes at a time, each killed at any
// moment; who comes next settles what the dead one left. Whatever happens, the ledger balances.

const WORKER = join(import.meta.dirname, "../fixtures/ledger-worker.mjs");
const PATIENCE = { timeout: 600_000 };
const SEED = Number(process.env["TETRA_SEED"] ?? Date.now() % 1_000_000);
const KILLS = 200;
const LANES = 2;
const ROUNDS = 10;
/** The rounds in which the server is killed, too. */
const SERVER_KILLS: readonly number[] = [2, 5, 8];
const MOST_WORK_MS = 150;
const ACCOUNTS = Array.from({ length: 8 }, (_, index) => index + 1);
const MONEY = ACCOUNTS.length * 1_000_000;

interface Ledger {
  readonly folder: string;
  readonly there: TestDatabase;
  readonly acknowledged: Set<string>;
}

async function newLedger(there: TestDatabase): Promise<Ledger> {
  const folder = temporaryFolder();
  const file = join(folder, "here.db");
  sqliteParticipant({ name: "here", file }).close();
  const here = new Database(file);
  const tables = (type: string): string =>
    `CREATE TABLE account (id INTEGER PRIMARY KEY, balance ${type} NOT NULL);
     CREATE TABLE entry (txn TEXT PRIMARY KEY, amount ${type} NOT NULL);`;
  const rows = (balance: number): string =>
    `INSERT INTO account VALUES ${ACCOUNTS.map((id) => `(${id}, ${balance})`).join()}`;
  here.exec(tables("INTEGER"));
  here.exec(rows(1_000_000));
  here.close();
  await there.query(tables("INTEGER"));
  await there.query(rows(0));
  return { folder, there, acknowledged: new Set() };
}

/** Runs a worker until it is killed, and notes what it has acknowledged. */
async function runAndKill(ledger: Ledger, random: () => number): Promise<void> {
  const { folder, there, acknowledged } = ledger;
  const child = spawn(process.execPath, [WORKER, folder, there.url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const hasEnded = once(child, "close");
  const lines = createInterface({ input: child.stdout });
  const isReady = once(lines, "line");
  lines.on("line", (line) => {
    if (line.startsWith("done ")) acknowledged.add(line.slice("done ".length));
  });
  // now and then while it still starts, or recovers
  if (random() < 0.9) await Promise.race([isReady, hasEnded]);
  await sleep(random() * MOST_WORK_MS);
  child.kill("SIGKILL");
  const [, signal] = await hasEnded;
  expect(signal).toBe("SIGKILL");
}

/**
 * Settles what is left, as the next process would, and looks at everything.
 * @returns how many of all transactions had been undecided when their process died.
 */
async function settleAndCheck({ folder, there, acknowledged }: Ledger): Promise<number> {
  const store = await openFolderStore({ folder: join(folder, "ttm", "txns") });
  const here = sqliteParticipant({ name: "here", file: join(folder, "here.db") });
  const books = postgresParticipant({ name: "there", pool: there.pool() });
  const coordinator = twoPhaseCommit({
    store,
    clock: { now: Date.now, offsetMinutes: () => 0 },
    timer: {
      until: (atMs, signal) =>
        sleep(Math.max(0, atMs - Date.now()), undefined, { signal }).catch(() => undefined),
    },
    random: Math.random,
  });

  await coordinator.recover({ participants: [here, books] });

  const entries = "SELECT txn, amount FROM entry";
  const sent = here.all(entries).map(entryOf).toSorted(byId);
  const received = (await there.query(entries)).map(entryOf).toSorted(byId);
  expect(received).toEqual(sent);
  const ids = sent.map(({ txn }) => txn);
  expect(ids).toEqual(expect.arrayContaining([...acknowledged]));
  const log = await coordinator.log();
  const committed = log.flatMap(({ id, outcome }) => (outcome === "committed" ? [id] : []));
  expect(committed.toSorted()).toEqual(ids);

  const sum = "SELECT CAST(sum(balance) AS INTEGER) AS money FROM account";
  const money = [here.get(sum), ...(await there.query(sum))].map((row) => Number(row?.["money"]));
  const moved = sent.reduce((total, { amount }) => total + amount, 0);
  expect(money).toEqual([MONEY - moved, moved]);

  expect(await coordinator.activeCount()).toBe(0);
  expect(await there.prepared()).toEqual([]);
  expect(await here.recover()).toEqual([]);
  for (const table of ["_tetra_step", "_tetra_lock"]) {
    expect(here.all(`SELECT * FROM ${table}`)).toEqual([]);
  }
  here.close();
  await store.close();
  return log.filter(({ reason }) => reason?.startsWith("its coordinator died")).length;
}

interface Entry {
  readonly txn: string;
  readonly amount: number;
}

function entryOf({ txn, amount }: Readonly<Record<string, unknown>>): Entry {
  return { txn: String(txn), amount: Number(amount) };
}

function byId(one: Entry, other: Entry): number {
  return one.txn < other.txn ? -1 : 1;
}

/** The same numbers for the same seed, from 0 to 1. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.skipIf(!hasPostgres())("a ledger in SQLite and PostgreSQL (needs postgres)", () => {
  const server = useServer();

  it(
    `balances after ${KILLS} kills of its processes and ${SERVER_KILLS.length} of the server`,
    PATIENCE,
    async () => {
      const ledger = await newLedger(await newDatabase(server()));
      const random = chance(SEED);
      console.info(`seed ${SEED} (TETRA_SEED)`);
      let undecided = 0;

      for (let round = 1; round <= ROUNDS; round += 1) {
        const lanes = Array.from({ length: LANES }, async () => {
          for (let kill = 0; kill < KILLS / ROUNDS / LANES; kill += 1) {
            await runAndKill(ledger, random);
          }
        });
        if (SERVER_KILLS.includes(round)) {
          await sleep(random() * 1000);
          await server().kill();
          await server().restart();
        }
        await Promise.all(lanes);
        undecided = await settleAndCheck(ledger);
      }

      expect(ledger.acknowledged.size).toBeGreaterThan(KILLS / 4);
      expect(undecided).toBeGreaterThan(KILLS / 10);
      console.info(
        `${ledger.acknowledged.size} transfers acknowledged, ${undecided} left undecided`,
      );
    },
  );
});
