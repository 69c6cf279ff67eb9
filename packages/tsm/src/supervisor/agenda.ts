/** What wakes the supervisor. */
export interface Alarm {
  /** Milliseconds since the epoch; may be set. */
  now(): number;
  /** Milliseconds since some moment; goes on evenly. */
  up(): number;
  /** Calls `ring` once, after so many milliseconds. @returns what takes it back. */
  after(ms: number, ring: () => void): () => void;
}

/** This machine's. */
export const systemAlarm: Alarm = {
  now: () => Date.now(),
  up: () => performance.now(),
  after(ms, ring) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};

/** Things to do later; each has a key, and one time. */
export interface Agenda {
  /** Does it after so many milliseconds, instead of whatever was set for the key. */
  set(key: string, afterMs: number, act: () => void): void;
  /** Takes an entry off, if it is there. */
  cancel(key: string): void;
  /** Whether an entry is due at some time. */
  has(key: string): boolean;
  /** Forgets everything. */
  clear(): void;
}

/** Node's timers take no more than 31 bits. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

interface Item {
  readonly key: string;
  readonly atMs: number;
  readonly act: () => void;
}

/** Many times over one alarm: it is set for the earliest. */
export function agenda(alarm: Alarm): Agenda {
  const items = new Map<string, Item>();
  /** A heap by time; what is no longer in `items` is passed over. */
  const heap: Item[] = [];
  let disarm: (() => void) | undefined;
  let armedForMs = Infinity;

  const first = (): Item | undefined => {
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      if (items.get(top.key) === top) return top;
      popHeap(heap);
    }
    return undefined;
  };
  const tidy = (): void => {
    if (heap.length < 2 * items.size + 64) return;
    heap.length = 0;
    for (const item of items.values()) pushHeap(heap, item);
  };
  const arm = (): void => {
    const atMs = first()?.atMs ?? Infinity;
    if (atMs === armedForMs) return;
    disarm?.();
    disarm = undefined;
    armedForMs = atMs;
    if (atMs === Infinity) return;
    const ms = Math.min(LONGEST_SLEEP_MS, Math.max(0, Math.ceil(atMs - alarm.up())));
    disarm = alarm.after(ms, ring);
  };
  const ring = (): void => {
    disarm = undefined;
    armedForMs = Infinity;
    const nowMs = alarm.up();
    const due: Item[] = [];
    // taken out first: what an act sets for now comes next time, so that nobody else is kept waiting
    for (let top = first(); top !== undefined && top.atMs <= nowMs; top = first()) {
      popHeap(heap);
      due.push(top);
    }
    for (const item of due) {
      if (items.get(item.key) !== item) continue;
      items.delete(item.key);
      item.act();
    }
    arm();
  };

  return {
    set(key, afterMs, act) {
      const item = { key, atMs: alarm.up() + afterMs, act };
      items.set(key, item);
      pushHeap(heap, item);
      tidy();
      arm();
    },
    has: (key) => items.has(key),
    cancel(key) {
      if (items.delete(key)) arm();
    },
    clear() {
      items.clear();
      heap.length = 0;
      arm();
    },
  };
}

function pushHeap(heap: Item[], item: Item): void {
  let at = heap.length;
  for (; at > 0;) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || parent.atMs <= item.atMs) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = item;
}

function popHeap(heap: Item[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const smaller =
      (heap[left + 1]?.atMs ?? Infinity) < (heap[left]?.atMs ?? Infinity) ? left + 1 : left;
    const child = heap[smaller];
    if (child === undefined || child.atMs >= last.atMs) break;
    heap[at] = child;
    at = smaller;
  }
  heap[at] = last;
}
