import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import Database from "libsql";
import { expect, it, onTestFinished } from "vitest";
import { type SqliteParticipant, sqliteParticipant } from "../../src/sqlite/index.ts";
import { type VectorParticipant, vectorParticipant } from "../../src/vector/index.ts";
import { temporaryFolder } from "../temporary-folder.ts";

// Real processes that end with SIGKILL, on a ledger that must balance: the money of all accounts stays the same,
// and exactly the transfers that were decided are in both databases.

const TRANSFERS = join(import.meta.dirname, "../fixtures/transfers.mjs");
const PATIENCE = { timeout: 180_000 };
const MONEY = 4000;

interface Ledger {
  readonly folder: string;
  readonly rows: SqliteParticipant;
  readonly vectors: VectorParticipant;
}

function ledger(): Ledger {
  const folder = temporaryFolder();
  const rows = sqliteParticipant({ name: "rows", file: join(folder, "rows.db") });
  const vectors = vectorParticipant({ name: "vectors", file: join(folder, "vectors.db") });
  onTestFinished(() => {
    rows.close();
    vectors.close();
  });
  const setup = new Database(join(folder, "rows.db"));
  setup.exec(`
    CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0));
    INSERT INTO account VALUES (1, 1000), (2, 1000), (3, 1000), (4, 1000);
    CREATE TABLE payment (txn TEXT PRIMARY KEY, amount INTEGER NOT NULL);`);
  setup.close();
  return { folder, rows, vectors };
}

/** The transfers that any writer has decided to commit. */
function decided(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith("decisions-"))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").slice(0, -1))
    .toSorted();
}

/** Carries the decisions out, as the next process would; how many branches waited for one. */
async function recover({ folder, rows, vectors }: Ledger): Promise<number> {
  const commits = new Set(decided(folder));
  let waiting = 0;
  for (const participant of [rows, vectors]) {
    for (const branch of await participant.recover()) {
      waiting += 1;
      await participant[commits.has(branch.txn) ? "commit" : "rollback"](branch);
    }
  }
  return waiting;
}

/** What has become of the transfers; says what is wrong when they do not balance. */
async function expectBalance({ folder, rows, vectors }: Ledger): Promise<readonly string[]> {
  const commits = decided(folder);
  expect(rows.get("SELECT sum(balance) AS money FROM account")).toEqual({ money: MONEY });
  expect(rows.all("SELECT txn FROM payment ORDER BY txn").map(({ txn }) => txn)).toEqual(commits);
  const found = vectors.search("payments", [1, 1, 0], 1_000_000).map(({ id }) => id);
  expect(found.toSorted()).toEqual(commits);
  for (const participant of [rows, vectors]) expect(await participant.recover()).toEqual([]);
  for (const table of ["_tetra_step", "_tetra_lock"]) {
    expect(rows.all(`SELECT * FROM ${table}`)).toEqual([]);
  }
  return commits;
}

/** A process that makes transfers, and what it says. */
function start(
  folder: string,
  ...args: readonly (string | number)[]
): {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
  readonly end: Promise<unknown>;
} {
  const child = spawn(process.execPath, [TRANSFERS, folder, ...args.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const end = once(child, "close");
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  return { child, lines, end };
}

/** What a process said until it was no more. */
async function rest(lines: AsyncIterator<string>): Promise<readonly string[]> {
  const said: string[] = [];
  for (
    let { value, done } = await lines.next();
    done !== true;
    { value, done } = await lines.next()
  ) {
    said.push(value);
  }
  return said;
}

/** The same numbers in each run, from 0 to 1. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

it("survives a kill before every single call to the databases", PATIENCE, async () => {
  const books = ledger();
  let waited = 0;
  let hasCommitted = false;
  let calls = 0;

  while (!hasCommitted) {
    calls += 1;
    const { lines, end } = start(books.folder, "one", 1, calls);
    const said = await rest(lines);
    await end;
    hasCommitted = said.some((line) => line.startsWith("committed"));
    waited += await recover(books);
    await expectBalance(books);
  }

  expect(waited).toBeGreaterThan(40);
  expect(decided(books.folder).length).toBeGreaterThan(20);
  console.info(
    `${calls - 1} kills, ${waited} branches waited, ${decided(books.folder).length} committed`,
  );
});

it("survives 40 kills at any moment; what was acknowledged is there", PATIENCE, async () => {
  const books = ledger();
  const random = chance(11);
  const acknowledged: string[] = [];
  let waited = 0;

  for (let kill = 0; kill < 40; kill += 1) {
    const { child, lines, end } = start(books.folder, "one", 0);
    const first = [await lines.next()];
    for (let line = Math.floor(random() * 3); line > 0; line -= 1) first.push(await lines.next());
    const timer = setTimeout(() => child.kill("SIGKILL"), random() * 30);
    const said = [...first.map(({ value }) => String(value)), ...(await rest(lines))];
    await end;
    clearTimeout(timer);
    acknowledged.push(...said.filter((line) => line.startsWith("committed")));
    waited += await recover(books);
    const commits = await expectBalance(books);
    expect(commits).toEqual(expect.arrayContaining(acknowledged.map((line) => line.split(" ")[1])));
  }

  expect(acknowledged.length).toBeGreaterThan(10);
  expect(waited).toBeGreaterThan(5);
  console.info(`${acknowledged.length} acknowledged, ${waited} branches waited for a decision`);
});

it("balances when two processes work at once, to the end", PATIENCE, async () => {
  const books = ledger();
  const writers = ["one", "two"].map((writer) => start(books.folder, writer, 60));

  const said = await Promise.all(writers.map(({ lines }) => rest(lines)));

  const commits = await expectBalance(books);
  const counts = said.map((lines) => lines.filter((line) => line.startsWith("committed")).length);
  expect(said.map((lines) => lines.length)).toEqual([61, 61]);
  expect(commits).toHaveLength(counts.reduce((sum, count) => sum + count, 0));
  expect(Math.min(...counts)).toBeGreaterThan(0);
});

it("balances when two processes work at once and are killed", PATIENCE, async () => {
  const books = ledger();
  const random = chance(5);

  for (let round = 0; round < 10; round += 1) {
    const writers = ["one", "two"].map((writer) => start(books.folder, writer, 0));
    await Promise.all(writers.map(({ lines }) => lines.next()));
    const timers = writers.map(({ child }) =>
      setTimeout(() => child.kill("SIGKILL"), random() * 80),
    );
    await Promise.all(writers.map(({ lines, end }) => rest(lines).then(() => end)));
    for (const timer of timers) clearTimeout(timer);
    await recover(books);
    await expectBalance(books);
  }

  expect(existsSync(join(books.folder, "decisions-two.txt"))).toBe(true);
});
