import { type FileStat, type FileSystem, nodeFileSystem, sameVersion } from "@tetra/durable-fs";
import { isTetraError } from "@tetra/errors";
import { type FolderStore, openFolderStore } from "@tetra/ttm-fs";
import { isTransactionId } from "@tetra/tts-core";
import { type Ground, managerOf, type Opened } from "../../open-store.ts";
import type { Caller } from "./caller.ts";
import { offsetMinutes } from "./local-time.ts";

// A shell calls many functions on one transaction. Opening a store takes 60 µs, but reading a log of 300
// lines again takes 2 ms, and a store that is kept knows what it wrote. So a store that was written through
// is kept for a moment, and nothing stale comes of it:
//
// K1. Before each call the folder, and the log and state of the transaction that the call is about, must be
//     the very versions that this process left. If anybody touched them, the store is opened anew.
// K2. What this process has never touched, a store reads afresh at each call by itself.
// K3. Calls are carried out one after the other: nothing is closed under another call.
// K4. Few stores are kept, and not for long: no descriptor holds a disk that is to be unmounted.
// K5. Nothing is left to be written after a call was answered: a `state.json` that the store would write a
//     little later is written first, so that whoever removes the data after a script meets nobody.

const MOST_KEPT = 4;
const IDLE_MS = 1000;

/** What a call wants a store for. */
export interface Wanted {
  readonly mode: "read" | "write";
  /** The transaction that the call is about, if it is about one that is there. */
  readonly id?: string;
}

/** Stores by folder, for one calling shell. */
export interface KeptStores {
  /** Hands over a store of the caller's folder. Ids are taken as they are: a prefix is none. */
  use<T>(caller: Caller, wanted: Wanted, run: (opened: Opened) => Promise<T>): Promise<T>;
  /** Finishes what is under way and closes all. */
  close(): Promise<void>;
}

interface Kept {
  readonly opened: Opened;
  /** Whose call the manager works for. */
  caller: Caller;
  /** The folder of transactions, as this process left it. */
  folder: FileStat | undefined;
  /** Log and state of each transaction that was touched, as this process left them. */
  readonly left: Map<string, Left>;
}

interface Left {
  readonly log: FileStat | undefined;
  readonly state: FileStat | undefined;
}

/** Makes the stores of one calling shell. */
export function keptStores(): KeptStores {
  const fs = nodeFileSystem();
  const kept = new Map<string, Kept>();
  let turn: Promise<unknown> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;

  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = turn.then(run); // K3
    turn = done.catch(() => undefined); // told to whoever waits for `done`
    return done;
  }

  async function use<T>(
    caller: Caller,
    wanted: Wanted,
    run: (opened: Opened) => Promise<T>,
  ): Promise<T> {
    const known = await believed(caller, wanted.id);
    if (known === undefined && wanted.mode === "read") return readOnly(caller, run);
    const one = known ?? (await open(caller));
    const { store } = one.opened;
    one.caller = caller;
    const before = look(fs, store, wanted.id);
    try {
      return await run(one.opened);
    } finally {
      const after = look(fs, store, wanted.id);
      one.folder = fs.stat(store.folder);
      if (wanted.id !== undefined) one.left.set(wanted.id, after);
      if (isBehind(before, after)) await tryDrop(store.folder); // K5
      else closeLater();
    }
  }

  /** K1 */
  async function believed({ places }: Caller, id: string | undefined): Promise<Kept | undefined> {
    const one = kept.get(places.transactions);
    if (one === undefined) return undefined;
    const { store } = one.opened;
    const left = id === undefined ? undefined : one.left.get(id);
    const isSame =
      isSameFile(one.folder, fs.stat(store.folder)) &&
      (left === undefined || isAsLeft(left, look(fs, store, id)));
    if (!isSame) {
      await tryDrop(places.transactions);
      return undefined;
    }
    kept.delete(places.transactions); // the most recently used last
    kept.set(places.transactions, one);
    return one;
  }

  async function open(caller: Caller): Promise<Kept> {
    const folder = caller.places.transactions;
    const left = new Map<string, Left>();
    const store = await openFolderStore({ folder });
    const exact: FolderStore = {
      ...exactly(store),
      async create(id, events) {
        const revision = await store.create(id, events);
        left.set(id, look(fs, store, id));
        return revision;
      },
    };
    const ground = groundOf(() => one.caller);
    const opened = { store: exact, manager: managerOf(ground, exact) };
    const one: Kept = { opened, caller, folder: undefined, left };
    kept.set(folder, one);
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) await tryDrop(oldest); // K4
    return one;
  }

  async function drop(folder: string): Promise<void> {
    const one = kept.get(folder);
    kept.delete(folder);
    await one?.opened.store.close();
  }

  /** What was acknowledged is in the log; a state that cannot be written now is a cache, and stays behind. */
  async function tryDrop(folder: string): Promise<void> {
    try {
      await drop(folder);
    } catch (error) {
      if (!isTetraError(error, "IO")) throw error;
    }
  }

  async function dropAll(): Promise<void> {
    clearTimeout(idle);
    for (const folder of kept.keys()) await tryDrop(folder);
  }

  /** K4 */
  function closeLater(): void {
    clearTimeout(idle);
    idle = setTimeout(() => void inTurn(dropAll), IDLE_MS).unref();
  }

  return {
    use: (caller, wanted, run) => inTurn(() => use(caller, wanted, run)),
    close: () => inTurn(dropAll),
  };
}

async function readOnly<T>(caller: Caller, run: (opened: Opened) => Promise<T>): Promise<T> {
  const folder = caller.places.transactions;
  const store = exactly(await openFolderStore({ folder, mode: "read" }));
  const ground = groundOf(() => caller);
  try {
    return await run({ store, manager: managerOf(ground, store) });
  } finally {
    await store.close();
  }
}

function groundOf(caller: () => Caller): Ground {
  return {
    clock: {
      now: () => Date.now(),
      offsetMinutes: (atMs) => offsetMinutes(caller().call, atMs),
    },
    places: () => caller().places,
  };
}

/** The original knows whole ids only: what it takes for another one must not be a prefix to us. */
function exactly(store: FolderStore): FolderStore {
  return {
    ...store,
    async find(id) {
      if (!isTransactionId(id)) return [];
      try {
        return [(await store.load(id)).id];
      } catch (error) {
        if (isTetraError(error, "NOT_FOUND")) return [];
        throw error;
      }
    },
  };
}

function look(fs: FileSystem, store: FolderStore, id: string | undefined): Left {
  if (id === undefined || !isTransactionId(id)) return { log: undefined, state: undefined };
  const { log, state } = store.paths(id);
  return { log: fs.stat(log), state: fs.stat(state) };
}

function isAsLeft(left: Left, now: Left): boolean {
  return isSameVersion(left.log, now.log) && isSameVersion(left.state, now.state);
}

/** Whether the log has moved on, and the state has not. */
function isBehind(before: Left, after: Left): boolean {
  return !isSameVersion(before.log, after.log) && isSameVersion(before.state, after.state);
}

/** `ctime` too, which nobody can set. */
function isSameVersion(left: FileStat | undefined, now: FileStat | undefined): boolean {
  return sameVersion(left, now) && left?.ctimeMs === now?.ctimeMs;
}

function isSameFile(left: FileStat | undefined, now: FileStat | undefined): boolean {
  return left?.inode === now?.inode && left?.device === now?.device;
}
