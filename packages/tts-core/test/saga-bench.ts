import { expect } from "vitest";
import type { TransactionStore } from "../src/ports.ts";
import type { Action, ActionCall } from "../src/saga/action.ts";
import type { ActionStep, SagaDefinition, SagaNode } from "../src/saga/definition.ts";
import type { SagaPorts } from "../src/saga/drive.ts";
import { type Sagas, sagas } from "../src/saga/sagas.ts";
import { fakeClock } from "../src/testing/fake-clock.ts";
import { type MemoryStore, memoryStore } from "../src/testing/memory-store.ts";

export const START_MS: number = Date.UTC(2026, 0, 31, 9, 30);
export const GRACE_MS = 5000;
export const DAY_MS = 86_400_000;
export const WORD = { by: "ann", why: "because" };

export interface Bench {
  readonly store: MemoryStore;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly engine: Sagas;
  /** What was called: the step's path, with `undo` before it where it was undone. */
  readonly called: string[];
  readonly calls: ActionCall[];
  /** Another process over the same store. */
  other(ports?: Partial<SagaPorts>): Sagas;
}

interface BenchOptions {
  readonly actions?: Readonly<Record<string, Action>>;
  readonly wrap?: (store: MemoryStore) => TransactionStore;
  readonly ports?: Partial<SagaPorts>;
}

/** A store, a clock that stands still, and an engine whose actions note that they were called. */
export function bench({
  actions: own = {},
  wrap = (inner) => inner,
  ports = {},
}: BenchOptions = {}): Bench {
  const store = memoryStore();
  const clock = fakeClock(START_MS);
  const called: string[] = [];
  const calls: ActionCall[] = [];
  const known: Readonly<Record<string, Action>> = {
    do: ({ step, attempt }) => ({ made: step, attempt }),
    undo: () => undefined,
    fail: () => Promise.reject(new Error("disk full")),
    ...own,
  };
  const noted =
    (name: string, action: Action): Action =>
    (call) => {
      called.push(name.startsWith("undo") ? `undo ${call.step}` : call.step);
      calls.push(call);
      return action(call);
    };
  const find = (name: string): Action | undefined => {
    const action = known[name];
    return action === undefined ? undefined : noted(name, action);
  };
  const common = { clock, timer: clock, random: () => 0.5, actions: { find }, graceMs: GRACE_MS };
  const make = (over: TransactionStore, runner: string, more: Partial<SagaPorts> = {}): Sagas =>
    sagas({ ...common, store: over, runner, ...ports, ...more });
  return {
    store,
    clock,
    called,
    calls,
    engine: make(wrap(store), "one"),
    other: (more) => make(store.reopen(), "other", more),
  };
}

export const step = (name: string, more: Partial<ActionStep> = {}): ActionStep => ({
  type: "step",
  name,
  action: "do",
  compensate: { action: "undo" },
  ...more,
});

export function saga(...steps: readonly SagaNode[]): SagaDefinition {
  return { name: "tidy", steps };
}

export const deaf: Action = () => new Promise(() => {});
export const obedient: Action = ({ signal }) =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("I stopped")));
  });

/** Lets everything happen that can without time passing. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 300; turn += 1) await Promise.resolve();
}

/** The id of the only transaction there is. */
export async function onlyId({ store }: Bench): Promise<string> {
  await quiet();
  const [id = "", ...others] = await store.find("");
  expect(others).toEqual([]);
  return id;
}

export async function textOf({ store }: Bench): Promise<string> {
  const ids = await store.find("");
  const logs = await Promise.all(ids.map((id) => store.read(id)));
  return logs.flatMap((lines) => lines.map(({ text }) => text)).join("\n");
}

/** Moves time to the next moment that somebody waits for, until there is a result. */
export async function inTime<T>({ clock }: Bench, result: Promise<T>): Promise<T> {
  let isOver = false;
  const ended = result.finally(() => {
    isOver = true;
  });
  ended.catch(() => {});
  for (let turn = 0; turn < 1000; turn += 1) {
    await quiet();
    if (isOver) break;
    clock.advanceToNext();
  }
  return ended;
}

export const refusal = (code: string, more: Record<string, unknown> = {}): unknown =>
  expect.objectContaining({ name: "TetraError", code, ...more });
