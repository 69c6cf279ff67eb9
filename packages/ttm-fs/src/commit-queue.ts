import { writeAll } from "@tetra/durable-fs";
import { sameJson, type Transaction } from "@tetra/tts-core";
import {
  build,
  type Created,
  createdOf,
  discardBuilt,
  makeVisible,
  publishAlone,
  type WantedTransaction,
} from "./creation.ts";
import type { JournalRecord } from "./journal-record.ts";
import { APPEND_LOCK } from "./layout.ts";
import {
  isStillThere,
  type OpenTransaction,
  releaseAppendLock,
  tryAppendLock,
} from "./open-transactions.ts";
import { storeError } from "./store-error.ts";
import type { View } from "./view.ts";
import {
  appendNow,
  cutBack,
  decideWanted,
  lineUp,
  prepare,
  tryWriteState,
  type WantedAppend,
  type WriteParts,
} from "./write-path.ts";

// Everything that changes a transaction goes through one queue, so that within the process nothing
// interleaves. Each turn takes what is waiting, one job a transaction:
//
// Q1. Locks are taken by trying; who is busy is waited for outside the queue (G6), so that one slow
//     transaction holds up nobody else.
// Q2. One append alone is written and flushed in its own log. Several share one flush in the journal,
//     and go to their logs before they are acknowledged and unlocked.
// Q3. If the journal's lines cannot be put into a log, the journal is given up before the lock (G6).

interface Append {
  readonly type: "append";
  readonly wanted: WantedAppend;
  readonly done: (transaction: Transaction) => void;
}

interface Create {
  readonly type: "create";
  readonly wanted: WantedTransaction;
  readonly done: (created: Created) => void;
}

interface Alone {
  readonly type: "alone";
  readonly run: (tx: OpenTransaction, view: View) => void;
}

interface Job<Work = Append | Create | Alone> {
  readonly id: string;
  readonly work: Work;
  readonly fail: (error: unknown) => void;
}

/** The queue of one store. */
export interface CommitQueue {
  /** Appends, sharing a flush with whatever else is ready. @returns what the transaction is then. */
  append(id: string, wanted: WantedAppend): Promise<Transaction>;
  /** Makes a transaction, sharing a flush likewise. */
  create(id: string, wanted: WantedTransaction): Promise<Created>;
  /** Runs under the append lock, with the transaction read; nothing of the process runs beside it. */
  alone<T>(id: string, run: (tx: OpenTransaction, view: View) => T): Promise<T>;
  /** Runs while no turn is under way: everything that was committed is in the logs. */
  between(run: () => void): Promise<void>;
  /** Resolves when nothing is waiting or under way. */
  idle(): Promise<void>;
}

/** An append or a creation that shares a flush with others. */
interface Member {
  readonly job: Job;
  readonly record: JournalRecord;
  /** Before the shared flush. */
  readonly ready?: () => void;
  /** After it: puts the lines into the log. @returns what is locked still, and to be acknowledged. */
  readonly finish: () => Finished;
  /** When the shared flush failed: nothing of the member is trusted any more. */
  readonly drop: () => void;
}

interface Finished {
  readonly tx: OpenTransaction;
  readonly done: () => void;
}

/** Makes the queue of one store. `onBehind` is called when something was left for later. */
export function commitQueue(parts: WriteParts, onBehind: () => void): CommitQueue {
  const { env, opened, journal, dead, mark, changed } = parts;
  const { fs, loop } = env;
  let waiting: Job[] = [];
  /** Jobs behind one that waits for a lock, by transaction. */
  const blocked = new Map<string, Job[]>();
  let running = false;
  let lastTurn = 0;
  let wakeIdle: (() => void)[] = [];
  let betweenTurns: (() => void)[] = [];

  function enqueue(job: Job): void {
    waiting.push(job);
    schedule();
  }

  function schedule(): void {
    if (running) return;
    running = true;
    // after a turn of several, whoever is about to be ready is let in; a lone writer waits for nobody,
    // but lets the rest of the process live
    if (lastTurn > 1 || loop.isDue()) void loop.turn().then(drain);
    else queueMicrotask(() => void drain());
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0 || betweenTurns.length > 0) {
      const due = betweenTurns;
      betweenTurns = [];
      for (const run of due) run();
      const jobs = takeTurn();
      lastTurn = jobs.length;
      try {
        await turn(jobs);
      } catch (error) {
        // a bug, or a test's simulated death: nobody may be left waiting
        for (const job of jobs) job.fail(error);
      }
    }
    running = false;
    opened.trim();
    if (blocked.size > 0) return;
    const wake = wakeIdle;
    wakeIdle = [];
    for (const resolve of wake) resolve();
  }

  /** One job a transaction; the others keep their order. */
  function takeTurn(): readonly Job[] {
    const taken = new Map<string, Job>();
    const later: Job[] = [];
    for (const job of waiting) {
      const behind = blocked.get(job.id);
      if (behind !== undefined) behind.push(job);
      else if (taken.has(job.id)) later.push(job);
      else taken.set(job.id, job);
    }
    waiting = later;
    return [...taken.values()];
  }

  async function turn(jobs: readonly Job[]): Promise<void> {
    const together = jobs.filter(({ work }) => work.type !== "alone").length > 1;
    const locked = jobs.map((job) => ({
      job,
      tx: job.work.type === "create" ? undefined : lockFor(job),
    }));
    const journals = dead.find(journal.name); // for all of them at once, and after the locks (G4)
    const members: Member[] = [];
    for (const { job, tx } of locked) {
      if (isJob(job, "create")) {
        attempt(job, () => {
          if (together) members.push(creation(job));
          else createAlone(job);
        });
      } else if (tx !== undefined) {
        attempt(
          job,
          () => {
            const view = prepare(parts, tx, journals);
            if (isJob(job, "append") && together)
              return void members.push(appending(job, tx, view));
            if (isJob(job, "append")) job.work.done(appendAlone(tx, job.work.wanted, view));
            if (isJob(job, "alone")) job.work.run(tx, view);
            release(tx);
          },
          tx,
        );
      }
    }
    if (members.length > 0) await commitTogether(members);
  }

  /** Q1 */
  function lockFor(job: Job): OpenTransaction | undefined {
    try {
      for (;;) {
        const tx = opened.open(job.id);
        if (!tryAppendLock(fs, tx)) {
          waitFor(tx, job);
          return undefined;
        }
        if (isStillThere(fs, tx)) return tx;
        opened.drop(tx);
      }
    } catch (error) {
      job.fail(storeError(job.id, error));
      return undefined;
    }
  }

  function waitFor(tx: OpenTransaction, job: Job): void {
    blocked.set(job.id, [job]);
    tx.waiting = true;
    void lockLater(tx, job);
  }

  async function lockLater(tx: OpenTransaction, job: Job): Promise<void> {
    try {
      await fs.lock(tx.lockFd, APPEND_LOCK);
      tx.locked = true;
    } catch (error) {
      const [first, ...rest] = blocked.get(job.id) ?? [];
      blocked.set(job.id, rest);
      first?.fail(storeError(job.id, error));
    }
    tx.waiting = false;
    const behind = blocked.get(job.id) ?? [];
    blocked.delete(job.id);
    waiting = [...behind, ...waiting];
    schedule();
  }

  /** Runs a part of a job; when it fails, so does the job, and the lock is given back. */
  function attempt(job: Job, run: () => void, tx?: OpenTransaction): void {
    try {
      run();
    } catch (error) {
      if (tx !== undefined) release(tx);
      job.fail(storeError(job.id, error));
    }
  }

  function release(tx: OpenTransaction): void {
    releaseAppendLock(fs, tx);
  }

  /** Q2, alone */
  function appendAlone(tx: OpenTransaction, wanted: WantedAppend, view: View): Transaction {
    const { before, events } = decideWanted(parts, tx, { wanted, view });
    const { transaction } = appendNow(parts, tx, events);
    // readers of the state miss nothing but a higher revision, or know that a runner is at it
    const mayWait = parts.isLeased(tx.id) || sameJson(before.transaction.state, transaction.state);
    if (mayWait) onBehind();
    else tryWriteState(parts, tx);
    return transaction;
  }

  /** Q2, alone */
  function createAlone({ id, work }: Job<Create>): void {
    const built = build(parts, id, work.wanted);
    release(publishAlone(parts, built));
    work.done(createdOf(built));
  }

  /** Q2, together */
  function appending(job: Job<Append>, tx: OpenTransaction, view: View): Member {
    const { wanted, done } = job.work;
    const { before, events } = decideWanted(parts, tx, { wanted, view });
    const { lines, bytes, next, seq } = lineUp(tx, before, events);
    return {
      job,
      record: { txn: tx.id, seq, lines },
      ready() {
        if (before.endsForeign) fs.flush(tx.logFd); // G7
      },
      finish() {
        try {
          writeAll(fs, tx.logFd, bytes);
        } catch (error) {
          journal.giveUp(); // Q3
          cutBack(parts, tx, before.wholeLength);
          throw error;
        }
        tx.view = next;
        tx.stateBehind = true;
        return { tx, done: () => done(next.transaction) };
      },
      drop: () => opened.drop(tx),
    };
  }

  /** Q2, together */
  function creation(job: Job<Create>): Member {
    const { wanted, done } = job.work;
    const built = build(parts, job.id, wanted);
    return {
      job,
      record: { txn: job.id, seq: 0, lines: built.text, new: true },
      finish() {
        try {
          const tx = makeVisible(parts, built);
          return { tx, done: () => done(createdOf(built)) };
        } catch (error) {
          journal.giveUp(); // Q3: it says that this id begins so
          throw error;
        }
      },
      drop: () => discardBuilt(parts, built),
    };
  }

  async function commitTogether(members: readonly Member[]): Promise<void> {
    try {
      mark(members.map(({ job }) => job.id));
      for (const { ready } of members) ready?.();
      await journal.commit(members.map(({ record }) => record));
    } catch (error) {
      for (const { job, drop } of members) {
        drop();
        job.fail(storeError(job.id, error));
      }
      return;
    }
    const finished: Finished[] = [];
    for (const { job, finish } of members) attempt(job, () => void finished.push(finish()));
    changed(finished.map(({ tx }) => tx.id));
    for (const { tx, done } of finished) {
      release(tx);
      done();
    }
    onBehind();
  }

  return {
    append: (id, wanted) =>
      new Promise((done, fail) => enqueue({ id, work: { type: "append", wanted, done }, fail })),
    create: (id, wanted) =>
      new Promise((done, fail) => enqueue({ id, work: { type: "create", wanted, done }, fail })),
    alone: (id, run) =>
      new Promise((done, fail) => {
        const work = {
          type: "alone" as const,
          run: (tx: OpenTransaction, view: View) => done(run(tx, view)),
        };
        enqueue({ id, work, fail });
      }),
    between: (run) =>
      new Promise((resolve) => {
        betweenTurns.push(() => {
          run();
          resolve();
        });
        schedule();
      }),
    idle: () =>
      running || blocked.size > 0
        ? new Promise((resolve) => {
            wakeIdle.push(resolve);
          })
        : Promise.resolve(),
  };
}

function isJob<Type extends Job["work"]["type"]>(
  job: Job,
  type: Type,
): job is Job<Extract<Job["work"], { type: Type }>> {
  return job.work.type === type;
}
