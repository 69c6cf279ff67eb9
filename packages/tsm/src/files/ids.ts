import { isSystemError, readFile, writeFileAtomic } from "@tetra/durable-fs";
import { countFrom, isRecord } from "./lenient.ts";
import { waitForLock } from "./service-lock.ts";
import { foundNames, readMeta, type Store } from "./store.ts";

/** The original's. */
const LOCK_TIMEOUT_MS = 5000;
const RESERVED = /^\.reserved-([0-9]+)$/;

/**
 * Allots the lowest id that no service and no reservation of the original tools has, and has it written
 * down while the lock is held. The index makes the cost independent of the number of services: only
 * files of services that it does not know are read. It is a cache.
 * @throws TetraError `SERVICE_BUSY` after 5 s.
 */
export async function allotId(
  store: Store,
  name: string,
  write: (id: number) => void,
): Promise<number> {
  const { fs, clock, layout } = store;
  const what = "the allotment of ids";
  const lock = await waitForLock({
    fs,
    clock,
    what,
    path: layout.idLock,
    timeoutMs: LOCK_TIMEOUT_MS,
  });
  try {
    const index = currentIndex(store, name);
    const taken = new Set([...Object.values(index), ...reservedIds(store)]);
    let id = 0;
    while (taken.has(id)) id += 1;
    write(id);
    const text = JSON.stringify({ ...index, [name]: id });
    writeFileAtomic(fs, layout.idIndex, new TextEncoder().encode(text), { durable: false });
    return id;
  } finally {
    lock.release();
  }
}

/** The ids of all services but `besides`. */
function currentIndex(store: Store, besides: string): Readonly<Record<string, number>> {
  const known = readIndex(store);
  const index: Record<string, number> = Object.create(null);
  for (const name of foundNames(store)) {
    const id = known.get(name) ?? readMeta(store, name)?.tsm_id;
    if (id !== undefined && name !== besides) index[name] = id;
  }
  return index;
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
