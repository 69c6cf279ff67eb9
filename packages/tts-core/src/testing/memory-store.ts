import { TetraError } from "@tetra/errors";
import { compareBytes } from "../context/byte-order.ts";
import { checkBlobName } from "../context/blob-name.ts";
import { contextDigestText } from "../context/context-digest.ts";
import { compareContextNames, contextName, nextContextNumber } from "../context/context-name.ts";
import { policyFile, requestFile } from "../context/default-files.ts";
import { notFound, type TtsErrorCode } from "../errors.ts";
import type {
  AppendOptions,
  ChangesOptions,
  ContextEntry,
  Lease,
  ListQuery,
  TransactionStore,
  WatchOptions,
} from "../ports.ts";
import { type NewEvent, newEvent, seal, type SealedEvent } from "../transaction/event.ts";
import { formatEventLine, parseEventLine } from "../transaction/event-line.ts";
import { checkTransactionId, newestFirst } from "../transaction/id.ts";
import type { LogLine } from "../transaction/log.ts";
import { beginLeased, takeLease } from "../transaction/take-lease.ts";
import { blankTransaction, evolve, type Transaction } from "../transaction/transaction.ts";
import { sha256 } from "./sha256.ts";

/** Whoever waits for something to happen. */
type Waiting = Set<() => void>;

/** A transaction kept in memory. Every change happens between two awaits, so none is seen half done. */
interface Entry {
  transaction: Transaction;
  readonly events: SealedEvent[];
  /** Those of the events that somebody has read. */
  readonly lines: LogLine[];
  readonly context: Map<string, Uint8Array>;
  readonly artifacts: Map<string, Uint8Array>;
  isLeased: boolean;
  /** Whoever waits for the next line. */
  readonly waiting: Waiting;
}

/** Somebody who follows all transactions. */
interface Follower {
  /** What it was not told of yet. */
  readonly changed: Set<string>;
  readonly waiting: Waiting;
}

/** What stores over the same data share. */
interface Data {
  readonly entries: Map<string, Entry>;
  readonly followers: Set<Follower>;
  activeId: string | undefined;
}

/** A store that keeps everything in memory. */
export interface MemoryStore extends TransactionStore {
  /** Another store over the same data, as another process would open it; also when this one is closed. */
  reopen(): MemoryStore;
}

const encoder = new TextEncoder();
const POLICY = encoder.encode(policyFile());

/**
 * An empty store for tests, examples, and runs that leave nothing behind. It has no files of its own, so
 * it takes content as bytes and refuses paths. Closing it gives back the leases it took, as the death of
 * a process would.
 */
export function memoryStore(): MemoryStore {
  return storeOver({ entries: new Map(), followers: new Set(), activeId: undefined });
}

function storeOver(data: Data): MemoryStore {
  const { entries, followers } = data;
  const leases = new Set<Lease>();
  let isClosed = false;

  function entryOf(id: string): Entry {
    const entry = entries.get(id);
    if (entry === undefined) throw notFound(checkTransactionId(id));
    return entry;
  }

  function write(entry: Entry, events: readonly NewEvent[]): number {
    for (const sealed of seal(entry.transaction.revision, events)) {
      entry.events.push(sealed);
      entry.transaction = evolve(entry.transaction, sealed);
    }
    wake(entry);
    for (const follower of followers) {
      follower.changed.add(entry.transaction.id);
      wake(follower);
    }
    return entry.transaction.revision;
  }

  function create(id: string, events: readonly NewEvent[]): Entry {
    if (entries.has(checkTransactionId(id))) throw taken(id);
    const entry = newEntry(id, defaultContext(events));
    entries.set(id, entry);
    write(entry, events);
    return entry;
  }

  /** The lease that the entry's log tells of already. */
  function grant(entry: Entry): Lease {
    entry.isLeased = true;
    const { id, fence, revision } = entry.transaction;
    const lease: Lease = {
      id,
      fence,
      revision,
      async release() {
        if (leases.delete(lease)) entry.isLeased = false; // else it may be somebody else's by now
      },
    };
    leases.add(lease);
    return lease;
  }

  return {
    reopen: () => storeOver(data),

    create: async (id, events) => create(id, events).transaction.revision,

    createLeased: async (id, events, runner, options) =>
      grant(create(id, beginLeased(id, events, { ...options, runner }))),

    async append(id, expectedRevision, events, { fence }: AppendOptions = {}) {
      const entry = entryOf(id);
      const { transaction } = entry;
      if (transaction.revision !== expectedRevision) {
        throw conflict(transaction, `expected revision ${expectedRevision}`);
      }
      if (fence !== undefined && fence < transaction.fence) {
        throw conflict(transaction, `fence ${fence} is older than ${transaction.fence}`);
      }
      return write(entry, events);
    },

    read: async (id, from = 0) => linesOf(entryOf(id)).slice(from),

    async lease(id, runner, options) {
      const entry = entryOf(id);
      if (entry.isLeased) throw busy(entry.transaction);
      write(entry, takeLease(entry.transaction, runner, options));
      return grant(entry);
    },

    async *watch(id, { from = 0, signal }: WatchOptions = {}) {
      const entry = entryOf(id);
      const isOver = (): boolean => isClosed || signal?.aborted === true;
      let at = from;
      while (!isOver()) {
        const line = linesOf(entry)[at];
        if (line === undefined) {
          await nextRing(entry, signal);
        } else {
          at += 1;
          yield line;
        }
      }
    },

    async addContext(id, { description, source, atMs }) {
      entryOf(id);
      if ("path" in source) throw noPaths(source.path);
      const bytes = source.bytes.slice();
      const digest = await sha256(bytes);
      const entry = entryOf(id);
      const number = nextContextNumber([...entry.context.keys()]);
      const sourceName = source.name;
      const name = contextName({ number, description, sourceName, kind: "file" });
      entry.context.set(name, bytes);
      const fields = { file: name, source: sourceName, digest, bytes: bytes.length };
      write(entry, [newEvent("evidence_added", atMs, fields)]);
      return { name, digest };
    },

    async listContext(id) {
      const files = [...entryOf(id).context];
      return files
        .map(([name, bytes]): ContextEntry => ({ name, kind: "file", bytes: bytes.length }))
        .toSorted((a, b) => compareContextNames(a.name, b.name));
    },

    async readContext(id, name) {
      return found(entryOf(id).context.get(checkBlobName(name)), id, name);
    },

    async contextDigest(id) {
      const entry = entries.get(id);
      if (entry === undefined) return "none";
      const files = [...entry.context].map(async ([name, bytes]) => ({
        path: `/memory/txns/${id}/ctx/${name}`,
        sha256: await sha256(bytes),
      }));
      return sha256(encoder.encode(contextDigestText(await Promise.all(files))));
    },

    async putArtifact(id, name, bytes) {
      entryOf(id).artifacts.set(checkBlobName(name), bytes.slice());
    },

    listArtifacts: async (id) => [...entryOf(id).artifacts.keys()].toSorted(compareBytes),

    async readArtifact(id, name) {
      return found(entryOf(id).artifacts.get(checkBlobName(name)), id, name);
    },

    async list({ stage }: ListQuery = {}) {
      return [...entries.keys()]
        .toSorted(newestFirst)
        .map((id) => entryOf(id).transaction.state)
        .filter((state) => stage === undefined || state.stage === stage);
    },

    async find(prefix) {
      return [...entries.keys()].filter((id) => id.startsWith(prefix)).toSorted(compareBytes);
    },

    active: async () => data.activeId,

    async activate(id) {
      data.activeId = id === undefined ? undefined : entryOf(id).transaction.id;
    },

    async *changes({ signal }: ChangesOptions = {}) {
      const follower: Follower = { changed: new Set(), waiting: new Set() };
      const isOver = (): boolean => isClosed || signal?.aborted === true;
      followers.add(follower);
      try {
        while (!isOver()) {
          const [id] = follower.changed;
          if (id === undefined) {
            await nextRing(follower, signal);
          } else {
            follower.changed.delete(id);
            yield id;
          }
        }
      } finally {
        followers.delete(follower);
      }
    },

    load: async (id) => entryOf(id).transaction,

    async close() {
      isClosed = true;
      for (const lease of leases) await lease.release();
      for (const waiter of [...entries.values(), ...followers]) wake(waiter);
    },
  };
}

/** The lines as a reader of their text sees them; made when they are read, because most never are. */
function linesOf({ events, lines }: Entry): readonly LogLine[] {
  for (const sealed of events.slice(lines.length)) {
    const text = formatEventLine(sealed);
    lines.push({ text, event: parseEventLine(text) ?? sealed, folded: true });
  }
  return lines;
}

function newEntry(id: string, context: Map<string, Uint8Array>): Entry {
  return {
    transaction: blankTransaction(id),
    events: [],
    lines: [],
    context,
    artifacts: new Map(),
    isLeased: false,
    waiting: new Set(),
  };
}

function wake({ waiting }: { readonly waiting: Waiting }): void {
  for (const tell of waiting) tell();
}

function nextRing(
  { waiting }: { readonly waiting: Waiting },
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const tell = (): void => {
      waiting.delete(tell);
      signal?.removeEventListener("abort", tell);
      resolve();
    };
    waiting.add(tell);
    signal?.addEventListener("abort", tell);
  });
}

function defaultContext(events: readonly NewEvent[]): Map<string, Uint8Array> {
  const start = events.find(({ event }) => event === "txn_start");
  const { description, target } = { description: "", target: "", ...start };
  return new Map([
    ["000_policy.md", POLICY],
    ["010_request.md", encoder.encode(requestFile(description, target))],
  ]);
}

function found(bytes: Uint8Array | undefined, id: string, name: string): Uint8Array {
  if (bytes !== undefined) return bytes.slice();
  throw new TetraError<TtsErrorCode>("NOT_FOUND", `${id}: there is no ${JSON.stringify(name)}`, {
    hint: "list the files to see their names",
    details: { id, name },
  });
}

function taken(id: string): TetraError<TtsErrorCode> {
  return new TetraError("EXISTS", `${id}: there is a transaction of this id already`, {
    hint: "choose another id",
    details: { id },
  });
}

function conflict({ id, state, revision }: Transaction, why: string): TetraError<TtsErrorCode> {
  return new TetraError(
    "CONFLICT",
    `${id} (${state.stage}): ${why}, but the log is at ${revision}`,
    { hint: "read it again and decide again", details: { id, stage: state.stage, revision } },
  );
}

function busy({ id, state }: Transaction): TetraError<TtsErrorCode> {
  return new TetraError("BUSY", `${id} (${state.stage}): another runner holds the lease`, {
    hint: "wait until it has ended",
    details: { id, stage: state.stage },
  });
}

function noPaths(path: string): TetraError<TtsErrorCode> {
  return new TetraError("INVALID_INPUT", `${path}: this store has no access to files`, {
    hint: "give the content as bytes",
    details: { path },
  });
}
