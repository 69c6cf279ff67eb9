import { expect, it } from "vitest";
import { quiet, refusal, saga, START_MS, step, WORD } from "../../test/saga-bench.ts";
import type { TransactionStore } from "../ports.ts";
import { memoryStore } from "../testing/memory-store.ts";
import { newEvent } from "../transaction/event.ts";
import { beginning } from "./beginning.ts";
import { evolveSaga } from "./evolve-saga.ts";
import { readSaga, type SagaLog, sagaLog } from "./saga-log.ts";

const cancel = newEvent("cancel_requested", START_MS, WORD);
const started = newEvent("step_started", START_MS, { step: "a", attempt: 1, key: "k" });

/** The log of a saga whose lease was taken, and a store over the same data for somebody else. */
async function setUp(
  wrap: (store: TransactionStore) => TransactionStore = (inner) => inner,
): Promise<{ log: SagaLog; theirs: TransactionStore; release: () => Promise<void> }> {
  const theirs = memoryStore();
  const own = theirs.reopen();
  const definition = saga(step("a"));
  await own.create("t", beginning("t", { definition, options: {}, atMs: START_MS }));
  const lease = await own.lease("t", { name: "one", atMs: START_MS });
  const record = await readSaga(own, "t");
  const log = sagaLog(wrap(own), { lease, record, onEvent: undefined });
  return { log, theirs, release: () => lease.release() };
}

function append(log: SagaLog): Promise<boolean> {
  const { saga: before } = log.current();
  return log.append([started], evolveSaga(before, started) ?? before);
}

async function writeTheirs(store: TransactionStore): Promise<void> {
  const { revision } = await store.load("t");
  await store.append("t", revision, [cancel]);
}

it("what is appended is known at once", async () => {
  const { log } = await setUp();
  expect(await append(log)).toBe(true);
  expect(log.current().saga.steps.get("a")).toMatchObject({ status: "running" });
});

it("an append that lost a race changes nothing, and the log is read again", async () => {
  const { log, theirs } = await setUp();
  await writeTheirs(theirs);
  expect(await append(log)).toBe(false);
  expect(log.current().saga.steps.values()).toEqual([]);
  await log.refresh();
  expect(log.current().saga).toMatchObject({ cancelled: WORD });
  expect(await append(log)).toBe(true);
});

it("who watches is told of what others write, and not of the own lines", async () => {
  const { log, theirs } = await setUp();
  const over = new AbortController();
  let rings = 0;
  const watching = log.watch(() => (rings += 1), over.signal);
  await append(log);
  await quiet();
  const own = rings;
  await writeTheirs(theirs);
  await quiet();
  expect(rings).toBe(own + 1);
  over.abort();
  await watching;
});

it("what is written while the log is read is not missed", async () => {
  let meddle = async (): Promise<void> => {};
  const slow = (store: TransactionStore): TransactionStore => ({
    ...store,
    async read(id, from) {
      const lines = await store.read(id, from);
      await meddle();
      return lines;
    },
  });
  const { log, theirs } = await setUp(slow);
  const over = new AbortController();
  const watching = log.watch(() => {}, over.signal);
  await theirs.append("t", (await theirs.load("t")).revision, [started]);
  await quiet();
  meddle = async () => {
    meddle = async () => {};
    await writeTheirs(theirs);
    await quiet();
  };
  await log.refresh();
  expect(log.current().saga).not.toHaveProperty("cancelled");
  await log.refresh();
  expect(log.current().saga).toMatchObject({ cancelled: WORD });
  over.abort();
  await watching;
});

it("who has lost the lease is told when the log is read again", async () => {
  const { log, theirs, release } = await setUp();
  await release();
  await theirs.lease("t", { name: "two", atMs: START_MS });
  expect(await append(log)).toBe(false);
  await expect(log.refresh()).rejects.toThrow(refusal("LEASE_LOST"));
});
