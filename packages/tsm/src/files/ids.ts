import { isSystemError, makeFolders, readFile, writeFileAtomic } from "@tetra/durable-fs";
import { isTetraError } from "@tetra/errors";
import { countFrom, isRecord } from "./lenient.ts";
import { waitForLock } from "./service-lock.ts";
import { foundNames, readMeta, type Store } from "./store.ts";

/** The original's. */
const LOCK_TIMEOUT_MS = 5000;
const RESERVED = /^\.reserved-([0-9]+)$/;
const WHAT = "the allotment of ids";

/**
 * Allots the lowest id that no service and no reservation of the original tools has, and has it written
 * down while the lock is held.
 * @throws TetraError `SERVICE_BUSY` after 5 s, and what `write` throws.
 */
export type AllotId = (name: string, write: (id: number) => void) => Promise<void>;

interface Request {
  readonly name: string;
  readonly write: (id: number) => void;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Allots ids. Requests of one process that wait for the lock together are served in one turn. The index
 * makes the cost independent of the number of services: only files of services that it does not know
 * are read. It is a cache.
 */
export function idAllotter(store: Store): AllotId {
  let waiting: Request[] = [];
  const takeWaiting = (): readonly Request[] => {
    const taken = waiting;
    waiting = [];
    return taken;
  };

  async function serve(): Promise<void> {
    const { fs, clock, layout } = store;
    let serving: readonly Request[] | undefined;
    try {
      const wait = { fs, clock, what: WHAT, path: layout.idLock, timeoutMs: LOCK_TIMEOUT_MS };
      const lock = await waitForLock(wait);
      serving = takeWaiting();
      try {
        allotAll(store, serving);
      } finally {
        lock.release();
      }
      for (const { done } of serving) done();
    } catch (error) {
      for (const { failed } of serving ?? takeWaiting()) failed(error);
    }
  }

  return (name, write) =>
    new Promise((done, failed) => {
      waiting.push({ name, write, done, failed });
      if (waiting.length === 1) void serve();
    });
}

/**
 * Reserves the lowest id that nobody has, as the original tools do: nobody is given it until the patrol finds
 * that nothing came of it.
 * @throws TetraError `SERVICE_BUSY` after 5 s
 */
export async function reserveId(store: Store): Promise<number> {
  const { fs, clock, layout } = store;
  makeFolders(fs, layout.processes, { durable: false });
  const wait = { fs, clock, what: WHAT, path: layout.idLock, timeoutMs: LOCK_TIMEOUT_MS };
  const lock = await waitForLock(wait);
  try {
    const index = currentIndex(store, new Set());
    const taken = new Set([...Object.values(index), ...reservedIds(store)]);
    let id = 0;
    while (taken.has(id)) id += 1;
    const folder = `${layout.processes}/.reserved-${id}`;
    makeFolders(fs, folder, { durable: false });
    const text = `Reserved at ${Math.floor(clock.now() / 1000)}\n`;
    writeFileAtomic(fs, `${folder}/.timestamp`, new TextEncoder().encode(text), { durable: false });
    return id;
  } finally {
    lock.release();
  }
}

function allotAll(store: Store, requests: readonly Request[]): void {
  const index = currentIndex(store, new Set(requests.map(({ name }) => name)));
  const taken = new Set([...Object.values(index), ...reservedIds(store)]);
  let id = 0;
  for (const { name, write, failed } of requests) {
    while (taken.has(id)) id += 1;
    try {
      write(id);
    } catch (error) {
      failed(error); // the others may go on
      continue;
    }
    index[name] = id;
    taken.add(id);
  }
  const text = new TextEncoder().encode(JSON.stringify(index));
  writeFileAtomic(store.fs, store.layout.idIndex, text, { durable: false });
}

/** The ids of all services but those that ask for one. */
function currentIndex(store: Store, asking: ReadonlySet<string>): Record<string, number> {
  const known = readIndex(store);
  const index: Record<string, number> = Object.create(null);
  for (const name of foundNames(store)) {
    if (asking.has(name)) continue;
    const id = known.get(name) ?? idOf(store, name);
    if (id !== undefined) index[name] = id;
  }
  return index;
}

/** The id that a service had when ids were last allotted; `undefined`: none is known. */
export function lastKnownId(store: Store, name: string): number | undefined {
  return readIndex(store).get(name);
}

/** The service that has an id. The index only says where to look first: it is a cache. */
export function nameOfId(store: Store, id: number): string | undefined {
  const [likely] = [...readIndex(store)].find(([, known]) => known === id) ?? [];
  if (likely !== undefined && idOf(store, likely) === id) return likely;
  return foundNames(store).find((name) => idOf(store, name) === id);
}

/** One that cannot be read has none that could be known. */
function idOf(store: Store, name: string): number | undefined {
  try {
    return readMeta(store, name)?.tsm_id;
  } catch (error) {
    if (isTetraError(error, "INVALID_META")) return undefined;
    throw error;
  }
}

function reservedIds({ fs, layout }: Store): readonly number[] {
  return fs.names(layout.processes).flatMap((name) => {
    const [, id] = RESERVED.exec(name) ?? [];
    return id === undefined ? [] : [Number(id)];
  });
}

function readIndex({ fs, layout }: Store): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  try {
    const read: unknown = JSON.parse(new TextDecoder().decode(readFile(fs, layout.idIndex)));
    if (!isRecord(read)) return index;
    for (const [name, value] of Object.entries(read)) {
      const id = countFrom(value);
      if (id !== undefined) index.set(name, id);
    }
  } catch (error) {
    // absent, or torn by a power cut: it is made again
    if (!isSystemError(error, "ENOENT") && !(error instanceof SyntaxError)) throw error;
  }
  return index;
}
