import { describe, expect, it } from "vitest";
import type { TransactionStore } from "../ports.ts";
import { conformanceCases } from "./conformance.ts";
import { type MemoryStore, memoryStore } from "./memory-store.ts";
import { sha256 } from "./sha256.ts";

/** What never comes is a failure: with everything in memory, nothing takes longer than some digests. */
async function inTime(running: Promise<void>): Promise<void> {
  const state = { isOver: false };
  const ended = running.finally(() => {
    state.isOver = true;
  });
  const late = (async (): Promise<void> => {
    for (let turn = 0; turn < 1000 && !state.isOver; turn += 1) await sha256(new Uint8Array());
    if (!state.isOver) throw new Error("it never came");
  })();
  await Promise.race([ended, late]);
}

/** The first case that a store with these faults fails. */
async function firstFailure(
  breakIt: (store: MemoryStore) => Partial<TransactionStore>,
): Promise<string | undefined> {
  const faulty = (store: MemoryStore): TransactionStore => ({ ...store, ...breakIt(store) });
  const cases = conformanceCases(async () => {
    const store = memoryStore();
    return {
      store: faulty(store),
      reopen: async () => faulty(store.reopen()),
      cleanup: async () => {},
    };
  });
  for (const { name, run } of cases) {
    try {
      await inTime(run());
    } catch {
      return name;
    }
  }
  return undefined;
}

// each of them a mistake that a store can really make
const FAULTS: Record<string, (store: MemoryStore) => Partial<TransactionStore>> = {
  "checks no revision": (store) => ({
    append: async (id, _revision, events, options) =>
      store.append(id, (await store.load(id)).revision, events, options),
  }),
  "appends one event after the other": (store) => ({
    async append(id, expected, events, options) {
      let revision = expected;
      for (const event of events) revision = await store.append(id, revision, [event], options);
      return revision;
    },
  }),
  "checks no fence": (store) => ({
    append: (id, revision, events) => store.append(id, revision, events),
  }),
  "lets a second creator think it won": (store) => ({
    create: (id, events) => store.create(id, events).catch(() => 1),
  }),
  "lets everybody have the lease": (store) => ({
    async lease(id, runner, options) {
      const lease = await store.lease(id, runner, options);
      await lease.release();
      return lease;
    },
  }),
  "never gives a lease back": (store) => ({
    lease: async (id, runner, options) => ({
      ...(await store.lease(id, runner, options)),
      release: async () => {},
    }),
  }),
  "forgets what was decided with a lease": (store) => ({
    lease: (id, runner) => store.lease(id, runner),
  }),
  "appends what was decided with a lease later": (store) => ({
    async lease(id, runner, options) {
      const lease = await store.lease(id, runner);
      const events = options?.decide?.(await store.load(id)) ?? [];
      const revision = await store.append(id, lease.revision, events, { fence: lease.fence });
      return { ...lease, revision };
    },
  }),
  "decides on the transaction as it was before the lease": (store) => ({
    async lease(id, runner, options) {
      const before = await store.load(id);
      return store.lease(id, runner, { decide: () => options?.decide?.(before) ?? [] });
    },
  }),
  "takes the lease of a new transaction later": (store) => ({
    async createLeased(id, events, runner, options) {
      await store.create(id, events);
      return store.lease(id, runner, options);
    },
  }),
  "creates without keeping the lease": (store) => ({
    async createLeased(id, events, runner, options) {
      const lease = await store.createLeased(id, events, runner, options);
      await lease.release();
      return lease;
    },
  }),
  "reads from the start, wherever one asks": (store) => ({ read: (id) => store.read(id) }),
  "shows only what was there when the watch began": (store) => ({
    async *watch(id, options) {
      yield* await store.read(id, options?.from);
    },
  }),
  "watches from the start, wherever one asks": (store) => ({
    watch: (id, options) =>
      store.watch(id, options?.signal === undefined ? {} : { signal: options.signal }),
  }),
  "tells only of the first change": (store) => ({
    async *changes(options) {
      const told = new Set<string>();
      for await (const id of store.changes(options)) {
        if (!told.has(id)) yield id;
        told.add(id);
      }
    },
  }),
  "tells only of what was there when the following began": (store) => ({
    async *changes(options) {
      const known = await store.find("");
      for await (const id of store.changes(options)) if (known.includes(id)) yield id;
    },
  }),
  "tells only of its own changes": (store) => {
    const own = new Set<string>();
    return {
      async append(id, revision, events, options) {
        own.add(id);
        return store.append(id, revision, events, options);
      },
      async *changes(options) {
        for await (const id of store.changes(options)) if (own.has(id)) yield id;
      },
    };
  },
  "goes on following when it is told to stop": (store) => ({ changes: () => store.changes() }),
  "keeps evidence under its description": (store) => ({
    addContext: async (id, context) => ({
      ...(await store.addContext(id, context)),
      name: context.description,
    }),
  }),
  "makes up digests": (store) => ({
    addContext: async (id, context) => ({
      ...(await store.addContext(id, context)),
      digest: "0".repeat(64),
    }),
  }),
  "adds evidence before it checks": (store) => ({
    addContext: (id, context) =>
      store.addContext(id, { ...context, description: context.description.replaceAll("/", "_") }),
  }),
  "lets artifacts leave their folder": (store) => ({
    putArtifact: (id, name, bytes) =>
      store.putArtifact(id, `x/${name}`.replaceAll("..", "_"), bytes),
  }),
  "lists in any order": (store) => ({
    list: async (query) => (await store.list(query)).toReversed(),
  }),
  "lists every stage": (store) => ({ list: () => store.list() }),
  "finds by pattern": (store) => ({
    async find(prefix) {
      const all = await store.find("");
      return all.filter((id) => new RegExp(`^${prefix.replaceAll("%", ".*")}`).test(id));
    },
  }),
  "makes anything active": (store) => ({
    activate: (id) => store.activate(id).catch(() => {}),
  }),
  "forgets the active one": () => ({ active: async () => undefined }),
  "loads an old state": (store) => ({
    load: async (id) => ({ ...(await store.load(id)), stages: [] }),
  }),
  "takes an artifact of one name for another": (store) => ({
    readArtifact: (id, name) => store.readArtifact(id, name.replace("logs/", "")),
  }),
};

describe("the conformance suite", () => {
  it.each(Object.entries(FAULTS))("notices a store that %s", async (_, breakIt) => {
    expect(await firstFailure(breakIt)).toBeDefined();
  });

  it("closes every store it opened and removes the data, also when a case fails", async () => {
    const open = new Set<TransactionStore>();
    let cleaned = 0;
    const track = (store: TransactionStore): TransactionStore => {
      const tracked: TransactionStore = {
        ...store,
        append: () => Promise.reject(new Error("broken")),
        async close() {
          open.delete(tracked);
          await store.close();
        },
      };
      open.add(tracked);
      return tracked;
    };
    const cases = conformanceCases(async () => {
      const store = memoryStore();
      return {
        store: track(store),
        reopen: async () => track(store.reopen()),
        cleanup: async () => {
          cleaned += 1;
        },
      };
    });

    for (const { run } of cases) await run().catch(() => {});

    expect(cleaned).toBe(cases.length);
    expect(open.size).toBe(0);
  });
});
