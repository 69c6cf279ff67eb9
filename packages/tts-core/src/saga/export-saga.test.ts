import { expect, it } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import { memoryStore } from "../testing/memory-store.ts";
import type { TransactionStore } from "../ports.ts";
import type { SagaDefinition } from "./definition.ts";
import { exportSaga, importSaga } from "./export-saga.ts";
import { type Sagas, sagas } from "./sagas.ts";

const START = Date.parse("2026-01-31T09:30:00Z");
const RUNNER = { name: "test", atMs: START };
const DEFINITION: SagaDefinition = {
  name: "tidy",
  steps: [
    { type: "step", name: "large", action: "large" },
    { type: "approval", name: "ok" },
    { type: "step", name: "use", action: "use", data: { $result: ["large", "text"] } },
  ],
};

/** An engine over a store of its own; what `use` was called with is in `used`. */
function engineOn(store: TransactionStore): { engine: Sagas; used: unknown[] } {
  const clock = fakeClock(START);
  const used: unknown[] = [];
  const known: Readonly<Record<string, (call: { data: unknown }) => unknown>> = {
    large: () => ({ text: "x".repeat(20_000) }),
    use: ({ data }) => void used.push(data),
  };
  const actions = { find: (name: string) => known[name] };
  return {
    engine: sagas({ store, clock, timer: clock, random: () => 0, actions, runner: "test" }),
    used,
  };
}

it("makes the same saga of it in another store, large results included", async () => {
  const here = memoryStore();
  const { engine } = engineOn(here);
  const { id } = await engine.run(DEFINITION, { stays: false });
  const document: unknown = JSON.parse(JSON.stringify(await exportSaga(here, id)));

  const there = memoryStore();
  const other = engineOn(there);
  expect(await importSaga(there, document, RUNNER)).toBe(id);
  expect(await other.engine.view(id)).toEqual(await engine.view(id));
  await other.engine.approve(id, { by: "me", why: "fine" });
  const end = await other.engine.resume(id);

  expect(end.status).toBe("committed");
  expect(other.used).toEqual(["x".repeat(20_000)]);
});

it("takes a saga that has ended, and gives the same document again", async () => {
  const here = memoryStore();
  const { engine } = engineOn(here);
  const { id } = await engine.run({ ...DEFINITION, steps: DEFINITION.steps.slice(0, 1) });
  const document = await exportSaga(here, id);
  const there = memoryStore();
  await importSaga(there, document, RUNNER);

  const again = await exportSaga(there, id);
  expect(again.events.filter(({ event }) => event !== "lease_taken")).toEqual(
    document.events.filter(({ event }) => event !== "lease_taken"),
  );
  expect(again.results).toEqual(document.results);
});

it("refuses an id that is taken", async () => {
  const store = memoryStore();
  const { engine } = engineOn(store);
  const { id } = await engine.run(DEFINITION, { stays: false });

  await expect(importSaga(store, await exportSaga(store, id), RUNNER)).rejects.toMatchObject({
    code: "EXISTS",
  });
});

it("goes on with an import that a crash cut off before its results were written", async () => {
  const here = memoryStore();
  const { engine } = engineOn(here);
  const { id } = await engine.run(DEFINITION, { stays: false });
  const document = await exportSaga(here, id);
  const there = memoryStore();
  const crashing: TransactionStore = {
    ...there,
    putArtifact: () => Promise.reject(new Error("killed")),
  };
  await expect(importSaga(crashing, document, RUNNER)).rejects.toThrow("killed");

  expect(await importSaga(there, document, RUNNER)).toBe(id);
  expect((await exportSaga(there, id)).results).toEqual(document.results);
  await expect(importSaga(there, document, RUNNER)).rejects.toMatchObject({ code: "EXISTS" });
});

it("never adds results to another saga that has the id", async () => {
  const here = memoryStore();
  const { engine } = engineOn(here);
  const { id } = await engine.run(DEFINITION, { stays: false });
  const document = await exportSaga(here, id);
  const there = memoryStore();
  const other = { ...document, events: document.events.slice(0, -1), results: {} };
  await importSaga(there, other, RUNNER);

  await expect(importSaga(there, document, RUNNER)).rejects.toMatchObject({ code: "EXISTS" });
  expect(await there.listArtifacts(id)).toEqual([]);
});

it("exports sagas only", async () => {
  const store = memoryStore();

  await expect(exportSaga(store, "x-20260131T093000")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

it("refuses what is no export, before anything is created", async () => {
  const here = memoryStore();
  const { engine } = engineOn(here);
  const { id } = await engine.run(DEFINITION, { stays: false });
  const whole = await exportSaga(here, id);
  const store = memoryStore();

  for (const broken of [
    null,
    [],
    {},
    { ...whole, version: 2 },
    { ...whole, txn_id: "other-20260131T093000" },
    { ...whole, events: [] },
    { ...whole, events: [...whole.events, { event: 5 }] },
    { ...whole, events: whole.events.filter(({ event }) => event !== "saga_defined") },
    { ...whole, results: { "../escape": 1 } },
    { ...whole, results: { "results/../../x.json": 1 } },
  ]) {
    await expect(importSaga(store, broken, RUNNER)).rejects.toMatchObject({
      code: expect.stringMatching(/^INVALID_/),
    });
  }
  expect(await store.list()).toEqual([]);
});
