import { TetraError } from "@tetra/errors";
import { expect, it } from "vitest";
import type { TransactionStore } from "../ports.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { memoryStore } from "../testing/memory-store.ts";
import { newEvent } from "../transaction/event.ts";
import type { Action, ActionCall } from "./action.ts";
import type { SagaDefinition, SagaNode } from "./definition.ts";
import { type Sagas, sagas } from "./sagas.ts";
import { work, type WorkerNote, type WorkerOptions } from "./worker.ts";

const START = Date.parse("2026-01-31T09:30:00Z");
/** How long the engine waits for a call that was told to stop. */
const GRACE_MS = 5000;
const WEEK_MS = 7 * 86_400_000;

interface Bench {
  readonly store: TransactionStore;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly engine: Sagas;
  readonly calls: ActionCall[];
  readonly notes: WorkerNote[];
  readonly start: (options?: WorkerOptions) => Promise<void>;
}

type Actions = Readonly<Record<string, Action>>;

/** A store, an engine over it, and workers that have the same actions. */
function bench(own: Actions = {}, store: TransactionStore = memoryStore()): Bench {
  const clock = fakeClock(START);
  const calls: ActionCall[] = [];
  const notes: WorkerNote[] = [];
  const known: Actions = {
    note(call) {
      calls.push(call);
      return { attempt: call.attempt };
    },
    ...own,
  };
  const actions = { find: (name: string) => known[name] };
  const ports = { store, clock, timer: clock, random: () => 0.5, actions, runner: "test" };
  return {
    store,
    clock,
    engine: sagas(ports),
    calls,
    notes,
    start: (options = {}) => work(ports, { onNote: (note) => notes.push(note), ...options }),
  };
}

const note: SagaNode = { type: "step", name: "note", action: "note" };

function saga(...steps: readonly SagaNode[]): SagaDefinition {
  return { name: "tidy", steps };
}

/** Lets everything happen that can without time passing. */
async function eventually(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100_000 && !isSo(); turn += 1) await Promise.resolve();
  expect(isSo()).toBe(true);
}

async function quiet(): Promise<void> {
  for (let turn = 0; turn < 2000; turn += 1) await Promise.resolve();
}

it("carries on what is there, and ends when asked to do so once", async () => {
  const { engine, start, calls, clock } = bench();
  const first = await engine.start(saga(note));
  clock.advance(1000);
  const second = await engine.start(saga(note));

  await start({ once: true });

  expect(calls.map(({ txn }) => txn)).toEqual([first, second]); // the oldest first
  expect(await engine.view(second)).toMatchObject({ status: "committed" });
});

it("carries on what comes while it stays", async () => {
  const { engine, start, calls, notes } = bench();
  const over = new AbortController();
  const working = start({ signal: over.signal });
  await quiet();

  const id = await engine.start(saga(note));
  await eventually(() => notes.length > 0);
  over.abort();
  await working;

  expect(calls.map(({ txn }) => txn)).toEqual([id]);
  expect(notes).toMatchObject([{ type: "stopped", txn: id, view: { status: "committed" } }]);
});

it("calls no step twice when two of them work on one store", async () => {
  const { engine, start, calls, clock } = bench();
  const over = new AbortController();
  const working = [start({ signal: over.signal }), start({ signal: over.signal, concurrency: 3 })];
  const ids: string[] = [];
  for (let at = 0; at < 100; at += 1) {
    ids.push(await engine.start(saga(note, { ...note, name: "again" })));
  }

  await eventually(() => calls.length === 200);
  clock.advance(5000); // those that one has seen in the hands of the other
  await quiet();
  over.abort();
  await Promise.all(working);

  expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(200);
  expect(calls.length).toBe(200);
  for (const id of ids) expect(await engine.view(id)).toMatchObject({ status: "committed" });
});

it("leaves what somebody alive carries on, and takes it over once that one has died", async () => {
  const seen: ActionCall[] = [];
  let tellBegun = (): void => {};
  const begun = new Promise<void>((resolve) => (tellBegun = resolve));
  const { engine, start, clock, notes } = bench({
    slow: (call) => {
      seen.push(call);
      tellBegun();
      return call.attempt === 1 ? new Promise(() => {}) : "done";
    },
  });
  const death = new AbortController();
  const definition = saga({ type: "step", name: "slow", action: "slow" });
  const first = engine.run(definition, { signal: death.signal });
  await begun;
  const over = new AbortController();
  const working = start({ signal: over.signal });
  await quiet();
  clock.advance(5000);
  await quiet();
  expect(seen.length).toBe(1);

  death.abort();
  await quiet();
  clock.advance(GRACE_MS);
  await first;
  await quiet();
  clock.advance(1000);
  await eventually(() => notes.length === 1);
  over.abort();
  await working;

  expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(seen[1]?.idempotencyKey).toBe(seen[0]?.idempotencyKey);
  expect(notes).toMatchObject([{ type: "stopped", view: { status: "committed" } }]);
});

it("asks for the lease once a second while somebody alive holds it, however much that one writes", async () => {
  const inner = memoryStore();
  let asked = 0;
  const counting: TransactionStore = {
    ...inner,
    lease: (...args) => {
      asked += 1;
      return inner.lease(...args);
    },
  };
  const { engine, start, clock } = bench({}, counting);
  const id = await engine.start(saga(note));
  const lease = await inner.lease(id, { name: "somebody", atMs: START });
  const over = new AbortController();
  const working = start({ signal: over.signal });
  await quiet();
  for (let at = 0; at < 20; at += 1) {
    const { revision } = await inner.load(id);
    await inner.append(id, revision, [newEvent("txn_update", START, { changes: { at } })]);
    await quiet();
  }
  expect(asked).toBe(1);

  clock.advance(1000);
  await quiet();
  expect(asked).toBe(2);
  await lease.release();
  over.abort();
  await working;
});

it("is woken by time: a saga that sleeps a week goes on after it", async () => {
  const { engine, start, clock, calls } = bench();
  const over = new AbortController();
  await engine.start(saga({ type: "sleep", name: "rest", forMs: WEEK_MS }, note));
  const working = start({ signal: over.signal });
  await quiet();

  clock.advance(WEEK_MS - 1);
  await quiet();
  expect(calls).toEqual([]);
  clock.advance(1);
  await eventually(() => calls.length === 1);
  over.abort();
  await working;
});

it("asks the store nothing while a thousand sagas wait", async () => {
  const inner = memoryStore();
  let asked = 0;
  const counting: TransactionStore = {
    ...inner,
    read: (...args) => {
      asked += 1;
      return inner.read(...args);
    },
    lease: (...args) => {
      asked += 1;
      return inner.lease(...args);
    },
    list: (...args) => {
      asked += 1;
      return inner.list(...args);
    },
  };
  const { engine, start, clock, calls } = bench({}, counting);
  const ids: string[] = [];
  for (let at = 0; at < 1000; at += 1) {
    ids.push(await engine.start(saga({ type: "signal", name: "go" }, note)));
  }
  const over = new AbortController();
  const working = start({ signal: over.signal, concurrency: 50 });
  await eventually(() => asked > 1000);
  await quiet();
  for (let second = 0; second < 100; second += 1) clock.advance(1000);
  await quiet();
  asked = 0;

  for (let second = 0; second < 100; second += 1) clock.advance(1000);
  await quiet();
  expect(asked).toBe(0);

  await engine.signal(ids[500] ?? "", { step: "go", by: "test" });
  asked = 0;
  await eventually(() => calls.length === 1);
  await quiet();
  expect(calls[0]?.txn).toBe(ids[500]);
  expect(asked).toBeLessThan(12);
  over.abort();
  await working;
});

it("tells once what it cannot carry on, and goes on with the others", async () => {
  const { engine, start, notes, calls, store } = bench();
  const stranger = saga({ type: "step", name: "odd", action: "nobody-has-it" });
  const missing = await engine.start(stranger);
  const changed = await engine.start({ ...saga(note), name: "renewed" });
  const fine = await engine.start(saga(note));
  const over = new AbortController();
  const working = start({
    signal: over.signal,
    expected: (name) =>
      name === "renewed" ? { name, steps: [note, { ...note, name: "new" }] } : undefined,
  });
  await eventually(() => notes.length === 3);
  const { revision } = await store.load(missing);
  // it is looked at again, and still lacks the action
  await store.append(missing, revision, [
    newEvent("txn_update", START, { changes: { note: "x" } }),
  ]);
  await quiet();
  over.abort();
  await working;

  expect(calls.map(({ txn }) => txn)).toEqual([fine]);
  expect(notes.filter(({ type }) => type === "left")).toMatchObject([
    { txn: missing, error: { code: "ACTION_MISSING" } },
    { txn: changed, error: { code: "DEFINITION_CHANGED" } },
  ]);
});

it("tries again, later and later, when the store fails", async () => {
  const inner = memoryStore();
  let isBroken = true;
  const flaky: TransactionStore = {
    ...inner,
    lease(...args) {
      if (isBroken) throw new TetraError("IO", "the disk is full");
      return inner.lease(...args);
    },
  };
  const { engine, start, clock, notes, calls } = bench({}, flaky);
  await engine.start(saga(note));
  const over = new AbortController();
  const working = start({ signal: over.signal });
  await eventually(() => notes.length === 1);
  clock.advance(1000);
  await eventually(() => notes.length === 2);
  isBroken = false;
  clock.advance(1999);
  await quiet();
  expect(calls).toEqual([]);
  clock.advance(1);
  await eventually(() => calls.length === 1);
  over.abort();
  await working;

  expect(notes.slice(0, 2)).toMatchObject([
    { type: "trouble", error: { code: "IO" }, againAtMs: START + 1000 },
    { type: "trouble", againAtMs: START + 3000 },
  ]);
});

it("finishes what is under way when it is told to end, and begins nothing more", async () => {
  let finish = (_result: string): void => {};
  const { engine, start, notes, calls, clock } = bench({
    slow: () => new Promise((resolve) => (finish = resolve)),
  });
  await engine.start(saga({ type: "step", name: "slow", action: "slow" }));
  clock.advance(1000);
  await engine.start(saga(note));
  const over = new AbortController();
  const working = start({ signal: over.signal, concurrency: 1 });
  await quiet();

  over.abort();
  await quiet();
  finish("done");
  await working;

  expect(notes).toMatchObject([{ type: "stopped", view: { status: "committed" } }]);
  expect(calls).toEqual([]);
});

it("leaves the steps behind the one under way to the next worker when it is told to end", async () => {
  let finish = (_result: string): void => {};
  const { engine, start, calls } = bench({
    slow: () => new Promise((resolve) => (finish = resolve)),
  });
  const slow: SagaNode = { type: "step", name: "slow", action: "slow" };
  const id = await engine.start(saga(slow, note));
  const over = new AbortController();
  const working = start({ signal: over.signal });
  await quiet();
  over.abort();
  finish("done");
  await working;

  expect(await engine.view(id)).toMatchObject({ status: "running", completed: ["slow"] });
  expect(calls).toEqual([]);
  await start({ once: true });
  expect(await engine.view(id)).toMatchObject({ status: "committed" });
});

it("does not wait for ever for what is under way: another one carries it on", async () => {
  const { engine, start, clock } = bench({ stuck: () => new Promise(() => {}) });
  const id = await engine.start(saga({ type: "step", name: "stuck", action: "stuck" }));
  const over = new AbortController();
  const working = start({ signal: over.signal, patienceMs: 3000 });
  await quiet();

  over.abort();
  await quiet();
  clock.advance(3000);
  await quiet();
  clock.advance(GRACE_MS);
  await working;

  expect(await engine.view(id)).toMatchObject({ status: "running" });
});
