import { join } from "node:path";
import { nodeFileSystem } from "@tetra/durable-fs";
import { countingFileSystem, slowFlush } from "@tetra/durable-fs/testing";
import { openFolderStore } from "@tetra/ttm-fs";
import { sagas } from "@tetra/tts-core/saga";
import { memoryStore } from "@tetra/tts-core/testing";
import { inFolder, inTurn, many, median, millis, report } from "./measure.js";

const clock = { now: Date.now, offsetMinutes: () => 0 };
const timer = {
  /** @param {number} atMs @param {AbortSignal} signal @returns {Promise<void>} */
  until: (atMs, signal) =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timeout);
        resolve();
      };
      const timeout = setTimeout(end, Math.max(0, atMs - Date.now()));
      signal.addEventListener("abort", end, { once: true });
    }),
};

/** Three steps that do next to nothing, like the peers'. */
const STEPS = /** @type {const} */ (["one", "two", "three"]);
/** @type {import("@tetra/tts-core/saga").SagaDefinition} */
export const THREE_STEPS = {
  name: "bench",
  steps: STEPS.map((name) => ({
    type: "step",
    name,
    action: name,
    compensate: { action: "undo" },
  })),
};
const actions = { find: () => async () => ({ ok: true }) };

/** @param {import("@tetra/tts-core").TransactionStore} store */
export const engine = (store) =>
  sagas({ store, clock, timer, random: Math.random, actions, runner: "bench" });

/**
 * @param {string} folder
 * @param {import("@tetra/durable-fs").FileSystem} [fs]
 */
const open = (folder, fs = nodeFileSystem()) =>
  openFolderStore({ folder: join(folder, "txns"), fs });

/**
 * The appends of a saga that was run, so that they can be made again without it.
 * @param {import("@tetra/tts-core").TransactionStore} store
 */
async function appendsOfOne(store) {
  const { id } = await engine(store).run(THREE_STEPS);
  /** @type {import("@tetra/tts-core").NewEvent[][]} */ const appends = [[]];
  for (const { event } of await store.read(id)) {
    if (event === undefined) continue;
    const { seq: _seq, more, ...fields } = event;
    // a line that was read holds what was appended
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    appends.at(-1)?.push(/** @type {import("@tetra/tts-core").NewEvent} */ (fields));
    if (more === undefined) appends.push([]);
  }
  return appends.filter((events) => events.length > 0);
}

export async function sagaAgainstItsAppends() {
  await inFolder(async (folder) => {
    const counted = countingFileSystem(nodeFileSystem());
    const store = await open(folder, counted.fs);
    const run = engine(store);
    const [opening = [], ...rest] = await appendsOfOne(store);
    const at = opening.findIndex(({ event }) => event === "lease_taken");
    let count = 0;
    /** The same lines, the same lease, and nobody who decides anything. */
    const bare = async () => {
      const runner = { name: "bench", atMs: Date.now() };
      const lease = await store.createLeased(`b-${(count += 1)}`, opening.slice(0, at), runner, {
        decide: () => opening.slice(at + 1),
      });
      let { revision } = lease;
      for (const events of rest) {
        revision = await store.append(lease.id, revision, events, { fence: lease.fence });
      }
      await lease.release();
    };
    let flushes = 0;
    const { a, b, ratio } = await inTurn({
      rounds: 150,
      warmUp: 300,
      a: async () => {
        counted.reset();
        const ms = await millis(() => run.run(THREE_STEPS));
        flushes = counted.flushes();
        return ms;
      },
      b: () => millis(bare),
    });
    report({
      name: "a saga of three steps, against its own appends",
      figure: `${(a * 1000).toFixed(0)} µs against ${(b * 1000).toFixed(0)} µs; ${flushes} flushes`,
      ratio,
      target: "≤ 1.30",
      reached: ratio <= 1.3,
    });
    await store.close();
  });
}

export async function sagasInMemory() {
  const rates = [];
  for (let round = 0; round < 5; round += 1) {
    const run = engine(memoryStore());
    const count = 5000;
    const ms = await millis(() => many(() => run.run(THREE_STEPS), { count, width: 1 }));
    rates.push((count * 3) / ms);
  }
  const perSecond = median(rates) * 1000;
  report({
    name: "steps a second in memory, of 100,000",
    figure: `${perSecond.toFixed(0)}/s`,
    ratio: perSecond / 100_000,
    target: "≥ 1",
    reached: perSecond >= 100_000,
  });
}

/**
 * Many sagas whose process died in the middle of their first step.
 * @param {string} folder @param {number} count
 */
async function interrupted(folder, count) {
  const store = await open(folder);
  const hanging = sagas({
    store,
    clock,
    timer,
    random: Math.random,
    actions: { find: () => () => new Promise(() => {}) },
    runner: "dies",
    graceMs: 0,
  });
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const one = new AbortController();
      const going = hanging.run(THREE_STEPS, { signal: one.signal });
      one.abort();
      await going;
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  await store.close();
}

/** A process that opens the store and carries on whatever has no runner. @param {string} folder */
async function recoverAll(folder) {
  const start = performance.now();
  const store = await open(folder);
  const run = engine(store);
  const states = await store.list({ stage: "EXECUTE" });
  let first = 0;
  let done = 0;
  let next = 0;
  const worker = async () => {
    for (let state = states[next++]; state !== undefined; state = states[next++]) {
      const { status } = await run.resume(state.txn_id);
      if (status !== "committed") throw new Error(`${state.txn_id} is ${status}`);
      if (first === 0) first = performance.now() - start;
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  const last = performance.now() - start;
  await store.close();
  return { first, last, done };
}

export async function sagaRecovery() {
  /** @type {{ count: number, first: number, last: number }[]} */ const runs = [];
  for (const count of [2500, 5000, 10_000]) {
    await inFolder(async (folder) => {
      await interrupted(folder, count);
      const { first, last, done } = await recoverAll(folder);
      if (done !== count) throw new Error(`${done} of ${count} were carried on`);
      runs.push({ count, first, last });
    });
  }
  const [small, , large] = runs;
  const growth =
    small && large ? large.last / small.last / (large.count / small.count) : Number.NaN;
  report({
    name: "recovering 10,000 sagas, each against one of 2,500",
    figure: runs
      .map(({ count, first, last }) => `${count}: ${first.toFixed(0)} ms, ${last.toFixed(0)} ms`)
      .join("; "),
    ratio: growth,
    target: "≤ 1.25",
    reached: growth <= 1.25,
  });
}

/** @param {number} extraMs */
export async function sagasAtOnce(extraMs) {
  await inFolder(async (folder) => {
    const counted = countingFileSystem(nodeFileSystem());
    const store = await open(folder, extraMs === 0 ? counted.fs : slowFlush(counted.fs, extraMs));
    const run = engine(store);
    const once = () => run.run(THREE_STEPS);
    const [alone, together] = extraMs === 0 ? [100, 2000] : [20, 1000];
    let flushes = 0;
    const { a, b, ratio } = await inTurn({
      rounds: 3,
      a: async () => {
        counted.reset();
        const ms = await millis(() => many(once, { count: together, width: 64 }));
        flushes = counted.flushes() / together;
        return together / ms;
      },
      b: async () => alone / (await millis(() => many(once, { count: alone }))),
    });
    report({
      name: `sagas, 64 at once against one after another${extraMs === 0 ? "" : `, +${extraMs} ms a flush`}`,
      figure: `${(a * 1000).toFixed(0)}/s against ${(b * 1000).toFixed(0)}/s; ${flushes.toFixed(2)} flushes each`,
      ratio,
      target: "for comparison",
      reached: true,
    });
    await store.close();
  });
}
