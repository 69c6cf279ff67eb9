import { randomBytes } from "node:crypto";
import { makeFolders, nodeFileSystem } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import {
  type ChangesOptions,
  isTransactionId,
  type LogLine,
  type NewEvent,
  notFound,
  type TtsErrorCode,
  type WatchOptions,
} from "@tetra/tts-core";
import {
  archivedIds,
  archiveOld,
  type ArchiveParts,
  pruneOld,
  restoreArchived,
} from "./archive.ts";
import { clearActive, readActive, writeActive } from "./active-link.ts";
import { blobNames, namesIn, readBlob, writeBlob } from "./blob-files.ts";
import { bootId } from "./boot-id.ts";
import { commitQueue } from "./commit-queue.ts";
import { addContext, contextDigest, listContext } from "./context-files.ts";
import { deadJournals } from "./dead-journals.ts";
import type { Environment } from "./environment.ts";
import { eventLoop } from "./event-loop.ts";
import { followChanges } from "./follow.ts";
import { followers } from "./followers.ts";
import { housekeeping, type Later } from "./housekeeping.ts";
import { indexCache } from "./index-cache.ts";
import { ownJournal } from "./journal.ts";
import { type FolderPaths, isThere, transactionPaths } from "./layout.ts";
import { leases } from "./leases.ts";
import { readLines, watchLog } from "./log-watch.ts";
import { sweepNursery } from "./new-folder.ts";
import { openTransactions } from "./open-transactions.ts";
import { diagnoseStore, type RecoveryParts, recoverStore } from "./recovery.ts";
import { replayDead } from "./replay-all.ts";
import { missingLines } from "./replay.ts";
import type { FolderStore, FolderStoreOptions } from "./store-api.ts";
import { storeError } from "./store-error.ts";
import { isCurrent, peek, type View } from "./view.ts";
import { type ExpectedAppend, expecting, type WriteParts } from "./write-path.ts";

/** What tests put in the place of chance and of the machine's boots. */
export interface FolderStoreSeams {
  readonly random?: () => string;
  readonly bootId?: () => string;
  /** Milliseconds since the epoch. */
  readonly nowMs?: () => number;
  readonly later?: Later;
}

/**
 * Opens a folder of transactions. What dead writers acknowledged but did not put into the logs is put
 * there first; a store opened for reading lays it over what it reads instead.
 * @throws TetraError `IO`
 */
export async function openFolderStore(
  options: FolderStoreOptions,
  seams: FolderStoreSeams = {},
): Promise<FolderStore> {
  const env: Environment = {
    fs: options.fs ?? nodeFileSystem(),
    root: options.folder,
    random: seams.random ?? (() => randomBytes(6).toString("hex")),
    bootId: seams.bootId ?? bootId,
    nowMs: seams.nowMs ?? Date.now,
    readOnly: options.mode === "read",
    onProgress: options.onProgress ?? (() => undefined),
    loop: eventLoop(),
  };
  const { fs, root, loop } = env;
  const closing = new AbortController();
  const index = indexCache(env);
  const opened = openTransactions(env);
  const journal = ownJournal(env);
  const dead = deadJournals(env);
  const following = followers(env);
  const write: WriteParts = {
    env,
    opened,
    journal,
    dead,
    mark(ids) {
      index.mark(ids);
      following.about(ids);
    },
    changed: (ids) => following.changed(ids),
    isLeased: (id) => held.has(id),
  };
  const queue = commitQueue(write, () => house.soon());
  const held = leases(write, queue);
  const house = housekeeping(write, queue, seams.later);

  /** The transaction as it is on disk, without taking its lock or opening it for writing. */
  function look(id: string): View {
    const paths = transactionPaths(root, id);
    const known = opened.get(id);
    if (known?.view !== undefined && isCurrent(fs, paths, known.logFd, known.view)) {
      return known.view;
    }
    const journals = env.readOnly ? dead.find(undefined) : [];
    const view = peek(fs, id, paths, (log) => missingLines(log, id, journals));
    if (view === undefined) throw notFound(id);
    return view;
  }

  /** Paths of a transaction that is there. */
  function place(id: string): FolderPaths {
    const paths = transactionPaths(root, id);
    if (!isThere(fs, paths)) throw notFound(id);
    return paths;
  }

  function find(prefix: string): readonly string[] {
    return namesIn(fs, root)
      .filter((name) => name.startsWith(prefix) && isTransactionId(name))
      .filter((id) => isThere(fs, transactionPaths(root, id)))
      .toSorted();
  }

  function refuseReadOnly(what: string): void {
    if (!env.readOnly) return;
    throw new TetraError<TtsErrorCode>("READ_ONLY", `${what}: the store was opened for reading`, {
      hint: "open it for writing",
    });
  }

  async function guarded<T>(what: string, run: () => T | Promise<T>): Promise<T> {
    try {
      if (loop.isDue()) await loop.turn();
      return await run();
    } catch (error) {
      throw storeError(what, error);
    }
  }

  async function changing<T>(what: string, run: () => T | Promise<T>): Promise<T> {
    try {
      refuseReadOnly(what);
      return await run();
    } catch (error) {
      throw storeError(what, error);
    }
  }

  async function* watch(
    id: string,
    { from = 0, signal }: WatchOptions = {},
  ): AsyncGenerator<LogLine> {
    const paths = await guarded(id, () => place(id));
    const signals = [closing.signal, ...(signal === undefined ? [] : [signal])];
    try {
      yield* watchLog(fs, paths, { from, signal: AbortSignal.any(signals) });
    } catch (error) {
      throw storeError(id, error);
    }
  }

  async function* changes({ signal }: ChangesOptions = {}): AsyncGenerator<string> {
    const signals = [closing.signal, ...(signal === undefined ? [] : [signal])];
    try {
      refuseReadOnly(root); // who follows has a file of its own
      if (fs.stat(root) === undefined) init();
      const parts = { env, followers: following, later: seams.later, ids: () => find("") };
      yield* followChanges(parts, AbortSignal.any(signals));
    } catch (error) {
      throw storeError(root, error);
    }
  }

  async function create(id: string, events: readonly NewEvent[]): Promise<number> {
    return (await queue.create(id, { events })).transaction.revision;
  }

  async function append(id: string, wanted: ExpectedAppend): Promise<number> {
    return (await queue.append(id, expecting(wanted))).revision;
  }

  function init(): void {
    makeFolders(fs, root, { durable: true });
  }

  async function close(): Promise<void> {
    closing.abort();
    house.stop();
    try {
      if (env.readOnly) return;
      await held.releaseAll();
      await settle();
    } finally {
      journal.giveUp();
      for (const tx of opened.all()) opened.drop(tx);
      index.close();
      following.close();
    }
  }

  const settle = async (): Promise<void> => {
    await queue.idle();
    await house.now();
  };
  const archive: ArchiveParts = { write, settle, list: () => index.list({ fresh: true }) };
  const recovery: RecoveryParts = {
    write,
    queue,
    ids: () => Promise.resolve(find("")),
  };

  if (!env.readOnly && fs.stat(root) !== undefined) {
    await guarded(root, async () => {
      sweepNursery(env);
      await replayDead({ write, queue });
    });
  }

  return {
    folder: root,
    paths: (id) => transactionPaths(root, id),
    init: () => changing(root, init),
    load: (id) => guarded(id, () => look(id).transaction),
    create: (id, events) =>
      changing(id, () => {
        if (fs.stat(root) === undefined) init();
        return create(id, events);
      }),
    append: (id, expectedRevision, events, appendOptions = {}) =>
      changing(id, () => append(id, { expectedRevision, events, ...appendOptions })),
    read: (id, from = 0) =>
      guarded(id, (): readonly LogLine[] => {
        const paths = place(id);
        return fs.stat(paths.log) === undefined ? [] : readLines(fs, paths).slice(from);
      }),
    createLeased: (id, events, runner, leaseOptions = {}) =>
      changing(id, () => {
        if (fs.stat(root) === undefined) init();
        return held.create(id, events, { ...leaseOptions, runner });
      }),
    lease: (id, runner, leaseOptions = {}) =>
      changing(id, () => held.take(id, { ...leaseOptions, runner })),
    watch,

    addContext: (id, context) => changing(id, () => addContext({ write, queue }, id, context)),
    listContext: (id) => guarded(id, () => listContext(fs, place(id))),
    readContext: (id, name) =>
      guarded(id, () => readBlob(fs, { id, folder: place(id).context, name })),
    contextDigest: (id) => guarded(id, () => contextDigest(fs, transactionPaths(root, id))),
    putArtifact: (id, name, bytes) =>
      changing(id, () =>
        queue.alone(id, ({ paths }) => writeBlob(fs, { id, folder: paths.artifacts, name }, bytes)),
      ),
    listArtifacts: (id) => guarded(id, () => blobNames(fs, place(id).artifacts)),
    readArtifact: (id, name) =>
      guarded(id, () => readBlob(fs, { id, folder: place(id).artifacts, name })),

    changes,
    list: (query = {}) => guarded(root, () => index.list(query)),
    find: (prefix) => guarded(root, () => find(prefix)),
    active: () => guarded(root, () => readActive(env)),
    activate: (id) =>
      changing(id ?? root, () => (id === undefined ? clearActive(env) : writeActive(env, id))),
    close: () => guarded(root, close),

    recover: () => changing(root, () => recoverStore(recovery)),
    diagnose: () => guarded(root, () => diagnoseStore(recovery)),
    archive: (retention) => changing(root, () => archiveOld(archive, retention)),
    prune: (retention) => changing(root, () => pruneOld(archive, retention)),
    restore: (id) => changing(id, () => restoreArchived(archive, id)),
    archived: () => guarded(root, () => archivedIds(write)),
  };
}
