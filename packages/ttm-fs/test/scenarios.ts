import type { FileSystem } from "@tetra/durable-fs";
import { simulatedDisk, type SimulatedDisk } from "@tetra/durable-fs/testing";
import {
  begin,
  type Lease,
  newEvent,
  type NewEvent,
  STANDARD,
  type TransactionManager,
  transactionManager,
} from "@tetra/tts-core";
import { fakeClock } from "@tetra/tts-core/testing";
import type { FolderStore } from "../src/store-api.ts";
import { openSimulated, type Promised, ROOT } from "./invariants.ts";

export type Note = (promised: Promised) => void;

/** Something that is done to a store, the same each time. */
export interface Story {
  readonly name: string;
  /** What is on the disk before it begins. */
  readonly before?: (fs: FileSystem) => Promise<void>;
  readonly run: (work: Work) => Promise<void>;
}

export interface Work {
  readonly fs: FileSystem;
  readonly store: FolderStore;
  readonly manager: TransactionManager;
  /** Does it, and notes what the store says about it. */
  readonly create: (description: string) => Promise<string>;
  readonly move: (id: string, stage: string) => Promise<void>;
  readonly evidence: (id: string, description: string, text: string) => Promise<void>;
  readonly note: Note;
}

const encoder = new TextEncoder();

/** Runs a story on a file system; `note` is told what was acknowledged as soon as it was. */
export async function runStory(
  story: Story,
  fs: FileSystem,
  note: Note,
  seed = "s",
): Promise<void> {
  const store = await openSimulated(fs, { seed });
  const manager = transactionManager({ store, clock: fakeClock(Date.UTC(2026, 0, 31, 9, 30)) });
  const noteState = async (id: string): Promise<void> => {
    const { revision, state } = await store.load(id);
    note({ type: "state", id, revision, state });
  };
  await story.run({
    fs,
    note,
    store,
    manager,
    async create(description) {
      const { id } = await manager.create({ description });
      await noteState(id);
      return id;
    },
    async move(id, stage) {
      await manager.transition(stage, id);
      await noteState(id);
    },
    async evidence(id, description, text) {
      const source = { bytes: encoder.encode(text), name: "x.txt" };
      const { name, digest } = await manager.addContext({ source, description }, id);
      note({ type: "evidence", id, name, digest });
      await noteState(id);
    },
  });
  await store.close();
}

/** The disk a story begins with. */
export async function diskBefore(story: Story): Promise<SimulatedDisk> {
  const disk = simulatedDisk();
  const fs = disk.fs("before");
  fs.makeFolder(ROOT);
  const fd = fs.open("/", "folder");
  fs.flush(fd);
  fs.close(fd);
  await story.before?.(fs);
  disk.kill("before");
  return disk.clone();
}

async function openTransactions(fs: FileSystem, names: readonly string[]): Promise<void> {
  await runStory(
    {
      name: "before",
      run: async ({ create }) => {
        for (const name of names) await create(name);
      },
    },
    fs,
    () => undefined,
    "p",
  );
}

const X = "x-20260131T093000";
const Y = "y-20260131T093000";
const Z = "z-20260131T093000";

export const STORIES: readonly Story[] = [
  {
    name: "one transaction from create to commit, one append at a time",
    async run({ create, move, manager }) {
      const id = await create("deploy");
      await move(id, "EXECUTE");
      await manager.update(id, { note: "x".repeat(300) });
      await move(id, "VALIDATE");
      await manager.commit(id);
      await move(id, "VALIDATE").catch(() => undefined);
    },
  },
  {
    name: "three transactions made and moved at once, sharing flushes",
    async run({ create, move }) {
      const ids = await Promise.all(["a", "b", "c"].map((name) => create(name)));
      await Promise.all(ids.map((id) => move(id, "SELECT")));
      await Promise.all(ids.map((id) => move(id, "EXECUTE")));
    },
  },
  {
    name: "shared flushes, then one append alone and evidence on the same transactions",
    before: (fs) => openTransactions(fs, ["x", "y"]),
    async run({ move, evidence, create }) {
      await Promise.all([move(X, "SELECT"), move(Y, "SELECT"), create("new one")]);
      await move(X, "EXECUTE");
      await evidence(Y, "config", "port = 1\n");
      await Promise.all([move(X, "VALIDATE"), move(Y, "EXECUTE")]);
    },
  },
  {
    name: "evidence: two files and a folder",
    before: async (fs) => {
      await openTransactions(fs, ["x"]);
      fs.makeFolder("/source");
      fs.makeFolder("/source/inner");
      fs.close(fs.open("/source/inner/empty", "create"));
    },
    async run({ evidence, manager }) {
      await evidence(X, "config", "port = 1\n");
      await evidence(X, "other", "");
      await manager.addContext({ source: { path: "/source" }, description: "folder" }, X);
    },
  },
  {
    name: "a runner with a lease",
    before: (fs) => openTransactions(fs, ["x"]),
    async run({ store, move }) {
      const lease = await store.lease(X, { name: "runner", atMs: 0 });
      await move(X, "SELECT");
      await move(X, "EXECUTE");
      await lease.release();
      await move(X, "VALIDATE");
    },
  },
  {
    name: "made with their lease, one alone and two at once; leases taken at once, with a decision",
    before: (fs) => openTransactions(fs, ["x", "y"]),
    async run({ store, note }) {
      const runner = { name: "runner", atMs: 0 };
      const decide = (): readonly NewEvent[] => [
        newEvent("stage_transition", 0, { from: "NEW", to: "EXECUTE" }),
      ];
      const noteState = async ({ id }: Lease): Promise<void> => {
        const { revision, state } = await store.load(id);
        note({ type: "state", id, revision, state });
      };
      const make = async (id: string): Promise<Lease> => {
        const beginning = { description: id, target: "@local", agent: "human", atMs: 0 };
        const events = begin(id, beginning, STANDARD);
        const lease = await store.createLeased(id, events, runner, { decide });
        await noteState(lease);
        return lease;
      };
      const take = async (id: string): Promise<Lease> => {
        const lease = await store.lease(id, runner, { decide });
        await noteState(lease);
        return lease;
      };
      const alone = await make("alone-20260131T093000");
      const together = await Promise.all([
        make("first-20260131T093000"),
        make("second-20260131T093000"),
        take(X),
        take(Y),
      ]);
      await alone.release();
      await Promise.all(together.map((lease) => lease.release()));
    },
  },
  {
    name: "a change that another tool made to the state is adopted",
    before: async (fs) => {
      await openTransactions(fs, ["x"]);
      const path = `${ROOT}/${X}/state.json`;
      fs.removeFile(path);
      const fd = fs.open(path, "create");
      const state = { txn_id: X, description: "x", stage: "SELECT", target: "@dev", revision: 1 };
      fs.write(fd, encoder.encode(JSON.stringify(state)));
      fs.close(fd);
    },
    async run({ move }) {
      await move(X, "EXECUTE");
    },
  },
  {
    name: "artifacts, and moving the active link",
    before: (fs) => openTransactions(fs, ["x", "z"]),
    async run({ store }) {
      await store.putArtifact(X, "logs/out.log", encoder.encode("hello\n"));
      await store.activate(X);
      await store.activate(Z);
      await store.activate(undefined);
    },
  },
  {
    name: "lines of another tool, then shared flushes behind them",
    before: (fs) => openTransactions(fs, ["x", "y"]),
    async run({ fs, move, note }) {
      const text = "what another tool left there, not even JSON";
      const fd = fs.open(`${ROOT}/${X}/events.ndjson`, "append");
      fs.write(fd, encoder.encode(`${text}\n`));
      fs.close(fd);
      await Promise.all([move(X, "SELECT"), move(Y, "SELECT")]);
      note({ type: "line", id: X, text });
    },
  },
];
