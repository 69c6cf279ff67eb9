import { TetraError } from "@tetra/errors";
import { compareBytes } from "../context/byte-order.ts";
import { checkBlobName } from "../context/blob-name.ts";
import { contextDigestText } from "../context/context-digest.ts";
import { compareContextNames, contextName, nextContextNumber } from "../context/context-name.ts";
import { policyFile, requestFile } from "../context/default-files.ts";
import { notFound, type TtsErrorCode } from "../errors.ts";
import type {
  AppendOptions,
  ContextEntry,
  Lease,
  ListQuery,
  TransactionStore,
  WatchOptions,
} from "../ports.ts";
import { decide } from "../transaction/decide.ts";
import { type NewEvent, newEvent, seal } from "../transaction/event.ts";
import { formatEventLine, parseEventLine } from "../transaction/event-line.ts";
import { checkTransactionId, newestFirst } from "../transaction/id.ts";
import type { LogLine } from "../transaction/log.ts";
import { STANDARD } from "../transaction/stage.ts";
import { blankTransaction, evolve, type Transaction } from "../transaction/transaction.ts";
import { sha256 } from "./sha256.ts";

/** A file kept in memory. */
interface File {
  readonly bytes: Uint8Array;
  readonly digest: string;
}

/** A transaction kept in memory. Every change happens between two awaits, so none is seen half done. */
interface Entry {
  transaction: Transaction;
  readonly lines: LogLine[];
  readonly context: Map<string, File>;
  readonly artifacts: Map<string, Uint8Array>;
  isLeased: boolean;
  /** Whoever waits for the next line. */
  readonly waiting: Set<() => void>;
}

/** What stores over the same data share. */
interface Data {
  readonly entries: Map<string, Entry>;
  activeId: string | undefined;
}

/** A store that keeps everything in memory. */
export interface MemoryStore extends TransactionStore {
  /** Another store over the same data, as another process would open it; also when this one is closed. */
  reopen(): MemoryStore;
}

const encoder = new TextEncoder();

/**
 * An empty store for tests, examples, and runs that leave nothing behind. It has no files of its own, so
 * it takes content as bytes and refuses paths. Closing it gives back the leases it took, as the death of
 * a process would.
 */
export function memoryStore(): MemoryStore {
  return storeOver({ entries: new Map(), activeId: undefined });
}

function storeOver(data: Data): MemoryStore {
  const { entries } = data;
  const leases = new Set<Lease>();
  let isClosed = false;

  function entryOf(id: string): Entry {
    const entry = entries.get(checkTransactionId(id));
    if (entry === undefined) throw notFound(id);
    return entry;
  }

  return {
    reopen: () => storeOver(data),

    async create(id, events) {
      const context = await defaultContext(events);
      if (entries.has(checkTransactionId(id))) throw taken(id);
      const entry = newEntry(id, context);
      entries.set(id, entry);
      return write(entry, events);
    },

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

    read: async (id, from = 0) => entryOf(id).lines.slice(from),

    async lease(id, { name, atMs }) {
      const entry = entryOf(id);
      if (entry.isLeased) throw busy(entry.transaction);
      entry.isLeased = true;
      const taking = { type: "take-lease", runner: name, atMs } as const;
      const revision = write(entry, decide(entry.transaction, taking, STANDARD));
      const lease: Lease = {
        id,
        fence: entry.transaction.fence,
        revision,
        async release() {
          if (leases.delete(lease)) entry.isLeased = false; // else it may be somebody else's by now
        },
      };
      leases.add(lease);
      return lease;
    },

    async *watch(id, { from = 0, signal }: WatchOptions = {}) {
      const entry = entryOf(id);
      const isOver = (): boolean => isClosed || signal?.aborted === true;
      let at = from;
      while (!isOver()) {
        const line = entry.lines[at];
        if (line === undefined) {
          await nextLine(entry, signal);
        } else {
          at += 1;
          yield line;
        }
      }
    },

    async addContext(id, { description, source, atMs }) {
      entryOf(id);
      if ("path" in source) throw noPaths(source.path);
      const file = await newFile(source.bytes);
      const entry = entryOf(id);
      const number = nextContextNumber([...entry.context.keys()]);
      const sourceName = source.name;
      const name = contextName({ number, description, sourceName, kind: "file" });
      entry.context.set(name, file);
      const { digest, bytes } = file;
      const fields = { file: name, source: sourceName, digest, bytes: bytes.length };
      write(entry, [newEvent("evidence_added", atMs, fields)]);
      return { name, digest };
    },

    async listContext(id) {
      const files = [...entryOf(id).context];
      return files
        .map(([name, { bytes }]): ContextEntry => ({ name, kind: "file", bytes: bytes.length }))
        .toSorted((a, b) => compareContextNames(a.name, b.name));
    },

    async readContext(id, name) {
      return found(entryOf(id).context.get(checkBlobName(name))?.bytes, id, name);
    },

    async contextDigest(id) {
      const entry = entries.get(id);
      if (entry === undefined) return "none";
      const files = [...entry.context].map(([name, file]) => ({
        path: `/memory/txns/${id}/ctx/${name}`,
        sha256: file.digest,
      }));
      return sha256(encoder.encode(contextDigestText(files)));
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

    load: async (id) => entryOf(id).transaction,

    async close() {
      isClosed = true;
      for (const lease of leases) await lease.release();
      for (const entry of entries.values()) wake(entry);
    },
  };
}

function newEntry(id: string, context: Map<string, File>): Entry {
  return {
    transaction: blankTransaction(id),
    lines: [],
    context,
    artifacts: new Map(),
    isLeased: false,
    waiting: new Set(),
  };
}

/** Adds events as lines of text and folds what a reader of that text would see. */
function write(entry: Entry, events: readonly NewEvent[]): number {
  for (const sealed of seal(entry.transaction.revision, events)) {
    const text = formatEventLine(sealed);
    const event = parseEventLine(text) ?? sealed;
    entry.lines.push({ text, event, folded: true });
    entry.transaction = evolve(entry.transaction, event);
  }
  wake(entry);
  return entry.transaction.revision;
}

function wake(entry: Entry): void {
  for (const tell of entry.waiting) tell();
}

function nextLine(entry: Entry, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const tell = (): void => {
      entry.waiting.delete(tell);
      signal?.removeEventListener("abort", tell);
      resolve();
    };
    entry.waiting.add(tell);
    signal?.addEventListener("abort", tell);
  });
}

async function newFile(bytes: Uint8Array): Promise<File> {
  const own = bytes.slice();
  return { bytes: own, digest: await sha256(own) };
}

async function defaultContext(events: readonly NewEvent[]): Promise<Map<string, File>> {
  const start = events.find(({ event }) => event === "txn_start");
  const { description, target } = { description: "", target: "", ...start };
  return new Map([
    ["000_policy.md", await newFile(encoder.encode(policyFile()))],
    ["010_request.md", await newFile(encoder.encode(requestFile(description, target)))],
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
