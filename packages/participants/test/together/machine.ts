import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FolderStore, openFolderStore } from "@tetra/ttm-fs";
import type { NewEvent, TransactionStore } from "@tetra/tts-core";
import {
  type Branch,
  type Participant,
  type TwoPhaseCommit,
  twoPhaseCommit,
} from "@tetra/tts-core/two-phase-commit";
import Database from "libsql";
import { expect } from "vitest";
import { type PostgresParticipant, postgresParticipant } from "../../src/postgres/index.ts";
import { snapshotParticipant } from "../../src/snapshot/index.ts";
import { type SqliteParticipant, sqliteParticipant } from "../../src/sqlite/index.ts";
import { vectorParticipant } from "../../src/vector/index.ts";
import { cutConnections, NOTE, type TestDatabase } from "../postgres/database.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import type { Fate } from "./fate.ts";

/** What outlives a process: the store, and every resource. */
export interface Machine {
  readonly folder: string;
  readonly postgres: TestDatabase | undefined;
  /** The transactions whose decision to commit has reached the log. */
  readonly decided: Set<string>;
  /** How many transactions were begun; each has a description, and so an id, of its own. */
  begun: number;
}

/** A coordinator and its participants, all made anew as a process would. */
export interface Process {
  readonly coordinator: TwoPhaseCommit;
  readonly participants: readonly Participant[];
  /** Begins a transaction over all of them. @returns its id. */
  begin(): Promise<string>;
  /** Gives a transaction something to change in every resource. */
  work(txn: string): Promise<void>;
  /** Makes a transaction's rows vote no. */
  workInVain(txn: string): void;
  /** What the kernel does when a process has died. */
  end(): Promise<void>;
}

/** A machine without transactions. */
export function newMachine(postgres?: TestDatabase): Machine {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "workspace"));
  const file = join(folder, "rows.db");
  sqliteParticipant({ name: "rows", file }).close();
  const db = new Database(file);
  db.exec("CREATE TABLE entry (txn TEXT PRIMARY KEY)");
  db.close();
  return { folder, postgres, decided: new Set(), begun: 0 };
}

/** Starts a process on it. */
export async function start(
  machine: Machine,
  life: Fate,
  order: "forward" | "backward" = "forward",
): Promise<Process> {
  const { folder, postgres } = machine;
  const opened = await openStore(machine);
  const rows = rowsOf(machine);
  const vectors = vectorParticipant({ name: "vectors", file: join(folder, "vectors.db") });
  const files = snapshotParticipant({ name: "files", folder: join(folder, "workspace") });
  const books = postgres && postgresParticipant({ name: "books", pool: postgres.pool() });
  const mortal = [rows, vectors, files, ...(books ? [books] : [])].map((one) => among(life, one));
  const participants = order === "forward" ? mortal : mortal.toReversed();
  const coordinator = twoPhaseCommit({
    store: storeAmong(life, opened, machine),
    clock: { now: Date.now, offsetMinutes: () => 0 },
    timer: {
      until: (atMs, signal) =>
        sleep(Math.max(0, atMs - Date.now()), undefined, { signal }).catch(() => undefined),
    },
    random: () => 0.01,
  });
  return {
    coordinator,
    participants,
    begin() {
      machine.begun += 1;
      const description = `change ${machine.begun}`;
      return coordinator.begin({ session: "s-1", description, participants });
    },
    async work(txn) {
      rows.branch(txn).run("INSERT INTO entry VALUES (?)", [txn], { changes: 1 });
      const vector = { collection: "entries", id: txn, vector: [1, 2, 3] };
      await coordinator.bufferVectorUpsert(txn, vector);
      await life.step("the file", async () => {
        writeFileSync(join(folder, "workspace", txn), txn);
      });
      if (books) await life.step("the note", () => note(books, txn));
    },
    workInVain: (txn) => rows.branch(txn).run("DELETE FROM entry WHERE 0", [], { changes: 1 }),
    async end() {
      await opened.close();
      rows.close();
      vectors.close();
      if (postgres) await cutConnections(postgres);
    },
  };
}

/** Looks that all resources have exactly what was decided, and nothing waits for a decision anywhere. */
export async function expectAgreement(machine: Machine): Promise<void> {
  const { folder, postgres, decided } = machine;
  const store = await openStore(machine);
  const rows = rowsOf(machine);
  const vectors = vectorParticipant({ name: "vectors", file: join(folder, "vectors.db") });
  const wanted = [...decided].toSorted();

  const found = vectors.search("entries", [1, 2, 3], vectors.count("entries"));
  expect({
    rows: rows.all("SELECT txn FROM entry ORDER BY txn").map(({ txn }) => txn),
    vectors: found.map(({ id }) => id).toSorted(),
    files: readdirSync(join(folder, "workspace")).toSorted(),
    notes: postgres ? await postgres.notes() : wanted,
  }).toEqual({ rows: wanted, vectors: wanted, files: wanted, notes: wanted });
  const states = await store.list();
  const inStage = (wantedStage: string): readonly string[] =>
    states.flatMap(({ txn_id: id, stage }) => (stage === wantedStage ? [id] : [])).toSorted();
  expect(inStage("DONE")).toEqual(wanted);
  expect(inStage("FAIL")).toHaveLength(states.length - wanted.length);

  expect(["rows.db", "vectors.db"].flatMap((name) => stagedIn(join(folder, name)))).toEqual([]);
  expect([...(await rows.recover()), ...(await vectors.recover())]).toEqual([]);
  expect(existsSync(join(folder, ".tetra-snapshots"))).toBe(false);
  expect(postgres ? await postgres.prepared() : []).toEqual([]);

  rows.close();
  vectors.close();
  await store.close();
}

function stagedIn(file: string): readonly unknown[] {
  const db = new Database(file);
  const found = ["_tetra_step", "_tetra_lock"].flatMap((table) =>
    db.prepare(`SELECT * FROM ${table}`).all([]),
  );
  db.close();
  return found;
}

function openStore({ folder }: Machine): Promise<FolderStore> {
  return openFolderStore({ folder: join(folder, "ttm", "txns") });
}

function rowsOf({ folder }: Machine): SqliteParticipant {
  return sqliteParticipant({ name: "rows", file: join(folder, "rows.db") });
}

async function note(books: PostgresParticipant, txn: string): Promise<void> {
  await (await books.branch(txn)).query(NOTE, [txn]);
}

/** The participant, whose process may die around each call. */
function among<P extends Participant>(life: Fate, participant: P): P {
  const step = <T>(call: string, run: () => Promise<T>): Promise<T> =>
    life.step(`${participant.name} ${call}`, run);
  return {
    ...participant,
    begin: (branch: Branch) => step("begin", async () => participant.begin?.(branch)),
    prepare: (branch: Branch) => step("prepare", () => participant.prepare(branch)),
    commit: (branch: Branch) => step("commit", () => participant.commit(branch)),
    rollback: (branch: Branch) => step("rollback", () => participant.rollback(branch)),
  };
}

/** The store, whose process may die around each write, and the model of what it must lead to. */
function storeAmong(life: Fate, store: FolderStore, { decided }: Machine): TransactionStore {
  return {
    ...store,
    create: (id, events) => life.step("create", () => store.create(id, events)),
    createLeased: (id, events, runner, options) =>
      life.step("createLeased", () => store.createLeased(id, events, runner, options)),
    lease: (id, runner, options) => life.step("lease", () => store.lease(id, runner, options)),
    append: (id, revision, events, options) =>
      life.step(`append of ${events.map(({ event }) => event).join()}`, async () => {
        const appended = await store.append(id, revision, events, options);
        if (events.some((event) => isCommit(event))) decided.add(id);
        return appended;
      }),
  };
}

function isCommit(event: NewEvent): boolean {
  return event.event === "decision" && "outcome" in event && event["outcome"] === "commit";
}
