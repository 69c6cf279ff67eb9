import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { digestFile, nodeFileSystem, tryLockFile } from "@tetra/durable-fs";
import { fold, formatState, readLog } from "@tetra/tts-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { APPEND_LOCK, LEASE_LOCK } from "../src/layout.ts";
import type { FolderStore } from "../src/store-api.ts";
import { AT_MS, openStore, temporaryStore } from "./temporary-store.ts";

const WORKER = join(import.meta.dirname, "fixtures/worker.mjs");
const ENDLESS = join(import.meta.dirname, "fixtures/endless-writer.mjs");
const PATIENCE = { timeout: 120_000 };
const KILLS = 16;

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at);
}

/** The same numbers in each run, from 0 to 1. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function start(program: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

interface Answer {
  readonly value?: unknown;
  readonly code?: string;
  readonly message?: string;
}

interface Worker {
  readonly child: ChildProcess;
  /** Tells it to do something; what it answers. */
  ask(job: { readonly do: string; readonly [field: string]: unknown }): Promise<Answer>;
  /** The same, for jobs that must not fail. */
  get<T>(job: { readonly do: string; readonly [field: string]: unknown }): Promise<T>;
}

/** A process with an open store, ready to work. */
async function startWorker(folder: string): Promise<Worker> {
  const child = start(WORKER, folder);
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  await lines.next();
  const ask: Worker["ask"] = async (job) => {
    child.stdin?.write(`${JSON.stringify(job)}\n`);
    const { value } = await lines.next();
    return JSON.parse(String(value));
  };
  return {
    child,
    ask,
    async get<T>(job: { readonly do: string }) {
      const { value, code, message } = await ask(job);
      if (code !== undefined) throw new Error(`${code}: ${message}`);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the fixture answers to this job
      return value as T;
    },
  };
}

function startWorkers(folder: string, count: number): Promise<readonly Worker[]> {
  return Promise.all(upTo(count).map(() => startWorker(folder)));
}

/** Lets it close its store and end. */
async function finish({ child }: Worker): Promise<void> {
  const ended = once(child, "close");
  child.stdin?.end();
  await ended;
}

/** What is wrong with a transaction whose writers are gone and which was recovered. */
async function wrongWith(store: FolderStore, id: string): Promise<readonly string[]> {
  const wrong: string[] = [];
  const fs = nodeFileSystem();
  const paths = store.paths(id);
  const log = readLog(readFileSync(paths.log));
  if (log.damage !== undefined) wrong.push(`${id}: the log is ${log.damage}`);
  const places = log.lines.map(({ event }) => event?.seq);
  if (places.some((seq, at) => seq !== at)) wrong.push(`${id}: the places are ${places.join()}`);
  const folded = fold(id, log.lines);
  if (readFileSync(paths.state, "utf8") !== formatState(folded.state, folded.revision)) {
    wrong.push(`${id}: state.json is not the fold`);
  }
  for (const { file, digest } of folded.evidence) {
    if ((await digestFile(fs, join(paths.context, file))) !== digest)
      wrong.push(`${id}: ${file} is not what was recorded`);
  }
  const hidden = [...readdirSync(paths.folder), ...readdirSync(paths.context)].filter((name) =>
    name.startsWith("."),
  );
  if (hidden.length > 0) wrong.push(`${id}: ${hidden.join()} is left`);
  for (const range of [APPEND_LOCK, LEASE_LOCK]) {
    const lock = tryLockFile(fs, join(paths.folder, "locks/txn"), range);
    if (lock === undefined) wrong.push(`${id}: a lock is left on byte ${range.offset}`);
    lock?.release();
  }
  return wrong;
}

/** What is wrong with a store whose writers are gone and which was recovered and closed. */
async function wrongWithAll(store: FolderStore): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const id of await store.find("")) wrong.push(...(await wrongWith(store, id)));
  for (const name of [".new", ".journal"]) {
    const folder = join(store.folder, name);
    const left = existsSync(folder) ? readdirSync(folder) : [];
    if (left.length > 0) wrong.push(`${name} still holds ${left.join()}`);
  }
  for (const { level, what } of await store.diagnose()) if (level !== "ok") wrong.push(what);
  return wrong;
}

/** Polls until told to stop, and says how often; throws when what it sees was never committed. */
function poll(folder: string, id: string): { stop: () => Promise<number> } {
  const told = { stopped: false };
  const polling = (async () => {
    const reader = await openStore(folder, { mode: "read" });
    let polls = 0;
    for (let last = 0; !told.stopped; polls += 1) {
      const state: unknown = JSON.parse(readFileSync(join(folder, id, "state.json"), "utf8"));
      expect(state).toHaveProperty("txn_id", id);
      const { revision } = await reader.load(id);
      expect(revision).toBeGreaterThanOrEqual(last);
      const places = (await reader.read(id)).map(({ event }) => event?.seq);
      expect(places.length).toBeGreaterThanOrEqual(revision);
      expect(places).toEqual(upTo(places.length));
      last = revision;
    }
    return polls;
  })();
  return {
    stop() {
      told.stopped = true;
      return polling;
    },
  };
}

describe("many processes on one folder", () => {
  it(
    "8 that append to one transaction lose no line and write none twice, and readers see whole states",
    PATIENCE,
    async () => {
      const { store, manager, folder } = await temporaryStore();
      const { id } = await manager.create({ description: "shared" });
      const workers = await startWorkers(folder, 8);
      const polling = poll(folder, id);

      const jobs = workers.map((worker, at) =>
        worker.get<number>({ do: "appendMany", ids: [id], times: 25, label: `w${at}` }),
      );
      const attempts = (await Promise.all(jobs)).reduce((sum, made) => sum + made, 0);
      const polls = await polling.stop();
      await Promise.all(workers.map(finish));

      const { revision, state } = await store.load(id);
      expect(revision).toBe(1 + 8 * 25);
      for (const at of upTo(8)) expect(state[`w${at}`]).toBe(24);
      expect(await wrongWithAll(store)).toEqual([]);
      console.info(`8 processes, 200 appends: ${attempts} attempts, ${polls} polls`);
    },
  );

  it(
    "8 that append to 24 transactions at once disturb each other's nothing",
    PATIENCE,
    async () => {
      const { store, manager, folder } = await temporaryStore();
      const made = await Promise.all(
        upTo(24).map((at) => manager.create({ description: `many ${at}` })),
      );
      const ids = made.map(({ id }) => id);
      const workers = await startWorkers(folder, 8);

      // each has a third of them to itself together with others: all are contended
      const jobs = workers.map((worker, at) => {
        const own = ids.filter((_, nth) => nth % 3 === at % 3);
        return worker.get({ do: "appendMany", ids: own, times: 6, label: `w${at}` });
      });
      await Promise.all(jobs);
      await Promise.all(workers.map(finish));

      const revisions = await Promise.all(ids.map(async (id) => (await store.load(id)).revision));
      const expected = ids.map((_, nth) => 1 + 6 * (nth % 3 === 2 ? 2 : 3));
      expect(revisions).toEqual(expected);
      expect(await wrongWithAll(store)).toEqual([]);
    },
  );

  it(
    "20 that create, add and update at once get 20 transactions, 20 numbers and 20 keys",
    PATIENCE,
    async () => {
      const { store, folder } = await temporaryStore();
      const workers = await startWorkers(folder, 20);

      const created = await Promise.all(
        workers.map((worker) => worker.get<string>({ do: "create", description: "the same" })),
      );
      const [id = ""] = created;
      const polling = poll(folder, id);
      const added = await Promise.all(
        workers.map((worker, at) =>
          worker.get<{ name: string }>({ do: "add", id, description: `note ${at}` }),
        ),
      );
      await Promise.all(
        workers.map((worker, at) =>
          worker.get({ do: "update", id, changes: { [`key${at}`]: at } }),
        ),
      );
      const polls = await polling.stop();
      await Promise.all(workers.map(finish));

      expect(new Set(created).size).toBe(20);
      expect((await store.find("")).toSorted()).toEqual(created.toSorted());
      expect((await store.list()).map(({ txn_id }) => txn_id).toSorted()).toEqual(
        created.toSorted(),
      );
      expect(created).toContain(await store.active());
      const numbers = added.map(({ name }) => Number.parseInt(name, 10)).toSorted((a, b) => a - b);
      expect(numbers).toEqual(upTo(20).map((at) => 100 + 10 * at));
      const { state, evidence } = await store.load(id);
      expect(evidence).toHaveLength(20);
      for (const at of upTo(20)) expect(state[`key${at}`]).toBe(at);
      expect(await wrongWithAll(store)).toEqual([]);
      console.info(`20 processes: ${polls} polls`);
    },
  );
});

/** What the endless writer says is done. */
interface Acknowledged {
  readonly id: string;
  readonly revision?: number;
  readonly name?: string;
  readonly digest?: string;
}

/**
 * Starts the endless writer, and kills it right after it has said so many things, or lets it kill itself
 * before so many file operations.
 * @returns what it had said.
 */
async function runUntilKilled(
  folder: string,
  { variant, lines, operations }: { variant: string; lines?: number; operations?: number },
): Promise<readonly Acknowledged[]> {
  const child = start(ENDLESS, folder, variant, `${operations ?? 0}`);
  const ended = once(child, "close");
  const said: Acknowledged[] = [];
  let heard = 0;
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    if (line !== '"ready"') said.push(JSON.parse(line));
    if (heard === lines) child.kill("SIGKILL");
    heard += 1;
  }
  const [, signal] = await ended;
  expect(signal).toBe("SIGKILL");
  return said;
}

/** What of all that was acknowledged is not there. */
async function missingOf(
  store: FolderStore,
  said: Iterable<Acknowledged>,
): Promise<readonly string[]> {
  const missing: string[] = [];
  const latest = new Map<string, Acknowledged>();
  for (const one of said) latest.set(`${one.id} ${one.name}`, one);
  for (const { id, revision = 1, name, digest } of latest.values()) {
    const transaction = await store.load(id).catch(() => undefined);
    if (transaction === undefined || transaction.revision < revision)
      missing.push(`${id} at ${revision}`);
    if (name === undefined) continue;
    const recorded = transaction?.evidence.find(({ file }) => file === name);
    if (recorded?.digest !== digest) missing.push(`${name} of ${id}`);
  }
  return missing;
}

describe("a writer killed at any moment", () => {
  it.each([
    ["alone", "appending to one transaction", 1, 12],
    ["together", "appending to 16 transactions, sharing flushes", 16, 100],
    ["evidence", "adding evidence to 2 transactions", 2, 12],
    ["creating", "creating transactions, alone and together", 0, 12],
  ])(
    `%s: ${KILLS} times while %s; nothing acknowledged is lost, nothing is left`,
    PATIENCE,
    async (variant, _what, transactions, most) => {
      const { store, manager, folder } = await temporaryStore();
      await Promise.all(
        upTo(transactions).map((at) => manager.create({ description: `victim ${at}` })),
      );
      await store.close();
      const random = chance(transactions + 7);
      const said: Acknowledged[] = [];
      let checked = 0;
      let replayed = 0;
      let swept = 0;

      for (let kill = 0; kill < KILLS; kill += 1) {
        const when =
          kill % 2 === 0
            ? { lines: Math.floor(random() * most) }
            : { operations: 1 + Math.floor(random() * 100 * (1 + (kill % 5))) };
        said.push(...(await runUntilKilled(folder, { variant, ...when })));
        const reader = await openStore(folder, { mode: "read" });
        expect(await missingOf(reader, said), `kill ${kill}, before anybody recovered`).toEqual([]);
        await reader.close();
        replayed += existsSync(join(folder, ".journal"))
          ? readdirSync(join(folder, ".journal")).length
          : 0;

        const after = await openStore(folder);
        const report = await after.recover();
        expect(await missingOf(after, said), `kill ${kill}`).toEqual([]);
        expect(await wrongWithAll(after), `kill ${kill}`).toEqual([]);
        const ids = await after.find("");
        expect((await after.list()).map(({ txn_id }) => txn_id).toSorted()).toEqual(ids.toSorted());
        swept += report.swept.length + report.repaired.length;
        checked += ids.length;
        await after.close();
      }

      expect(said.length).toBeGreaterThan(KILLS);
      // those that share flushes were killed with a journal that was not put away
      expect(replayed > 0).toBe(variant === "together" || variant === "creating");
      console.info(
        `${variant}: ${KILLS} kills, ${said.length} acknowledgements, ${checked} transactions checked, ${replayed} journals left behind, ${swept} repairs`,
      );
    },
  );
});

describe("a lease", () => {
  it("dies with its process, and is taken over at once with the next fence", PATIENCE, async () => {
    const { store, manager, folder } = await temporaryStore();
    const { id } = await manager.create({ description: "owned" });
    const owner = await startWorker(folder);
    expect(await owner.get({ do: "lease", id })).toEqual({ fence: 1, revision: 2 });
    await expect(store.lease(id, { name: "next", atMs: AT_MS })).rejects.toMatchObject({
      code: "BUSY",
      message: expect.stringContaining(`process ${owner.child.pid}`),
    });

    const ended = once(owner.child, "exit");
    owner.child.kill("SIGKILL");
    await ended;
    const lease = await store.lease(id, { name: "next", atMs: AT_MS });

    expect([lease.fence, lease.revision]).toEqual([2, 3]);
    await lease.release();
  });

  it("stays with an owner that is only paused", PATIENCE, async () => {
    const { store, manager, folder } = await temporaryStore();
    const { id } = await manager.create({ description: "owned" });
    const owner = await startWorker(folder);
    await owner.get({ do: "lease", id });

    owner.child.kill("SIGSTOP");
    const taking = store.lease(id, { name: "next", atMs: AT_MS });

    await expect(taking).rejects.toMatchObject({ code: "BUSY" });
    // who is not the owner can still say something, such as a cancellation
    expect((await manager.update(id, { please: "stop" })).revision).toBe(3);
    owner.child.kill("SIGCONT");
    expect(await owner.get({ do: "appendAsOwner", id, revision: 3, changes: { went: "on" } })).toBe(
      4,
    );
  });

  it(
    "whose lock somebody removed goes to the next runner, and the paused owner's append is refused",
    PATIENCE,
    async () => {
      const { store, manager, folder } = await temporaryStore();
      const { id } = await manager.create({ description: "owned" });
      const owner = await startWorker(folder);
      await owner.get({ do: "lease", id });

      owner.child.kill("SIGSTOP");
      rmSync(join(folder, id, "locks/txn"));
      const lease = await store.lease(id, { name: "next", atMs: AT_MS });
      const late = owner.ask({
        do: "appendAsOwner",
        id,
        revision: lease.revision,
        changes: { late: true },
      });
      owner.child.kill("SIGCONT");

      expect(lease.fence).toBe(2);
      expect(await late).toMatchObject({ code: "CONFLICT" });
      const revision = await store.append(id, 3, [], { fence: lease.fence }).catch(() => 3);
      expect([revision, (await store.load(id)).state["late"]]).toEqual([3, undefined]);
      await lease.release();
    },
  );
});
