import { type FileLock, isSystemError, tryLockFile } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import {
  beginLeased,
  type Lease,
  type LeaseOptions,
  type LogLine,
  type NewEvent,
  notFound,
  type Runner,
  takeLease,
  type Transaction,
  type TtsErrorCode,
} from "@tetra/tts-core";
import type { CommitQueue } from "./commit-queue.ts";
import { LEASE_LOCK, transactionPaths } from "./layout.ts";
import { readLines } from "./log-watch.ts";
import { type WriteParts, writeState } from "./write-path.ts";

/** The leases that this store gave out. */
export interface Leases {
  /** Whether one of them is on this transaction. */
  has(id: string): boolean;
  /** Makes a transaction and takes its lease in the same append. */
  create(id: string, events: readonly NewEvent[], wanted: WantedLease): Promise<Lease>;
  /** @throws TetraError `BUSY` when somebody alive holds it. */
  take(id: string, wanted: WantedLease): Promise<Lease>;
  releaseAll(): Promise<void>;
}

/** A lease that somebody wants. */
export interface WantedLease extends LeaseOptions {
  readonly runner: Runner;
}

/** Makes the leases of one store: byte 1 of `locks/txn`, held by a descriptor of its own. */
export function leases(write: WriteParts, queue: CommitQueue): Leases {
  const { env, opened } = write;
  const { fs, root } = env;
  const held = new Map<string, Lease>();
  /** Those that are being taken: their state may wait as well. */
  const taking = new Set<string>();

  async function create(
    id: string,
    events: readonly NewEvent[],
    wanted: WantedLease,
  ): Promise<Lease> {
    const all = beginLeased(id, events, wanted);
    const { transaction, lease } = await queue.create(id, { events: all, leased: true });
    if (lease === undefined) throw new Error(`${id}: was made without its lease`);
    return grant(transaction, lease);
  }

  async function take(id: string, { runner, ...options }: WantedLease): Promise<Lease> {
    const lock = tryLock(id);
    if (lock === undefined) {
      const current = await queue.alone(id, (_tx, view) => view.transaction);
      throw busy(current, lastRunner(readLines(fs, transactionPaths(root, id))));
    }
    taking.add(id);
    try {
      const taken = await queue.append(id, {
        atMs: runner.atMs,
        decide: (transaction) => takeLease(transaction, runner, options),
      });
      return grant(taken, lock);
    } catch (error) {
      lock.release();
      throw error;
    } finally {
      taking.delete(id);
    }
  }

  function tryLock(id: string): FileLock | undefined {
    opened.open(id); // that the transaction exists is known before a lock file is made
    try {
      return tryLockFile(fs, transactionPaths(root, id).lock, LEASE_LOCK);
    } catch (error) {
      if (isSystemError(error, "ENOENT")) throw notFound(id); // it is open, but somebody removed it
      throw error;
    }
  }

  function grant({ id, fence, revision }: Transaction, lock: FileLock): Lease {
    const lease: Lease = {
      id,
      fence,
      revision,
      async release() {
        if (held.get(id) !== lease) return;
        held.delete(id);
        lock.release();
        if (opened.get(id)?.stateBehind !== true) return;
        await queue.alone(id, (tx) => {
          if (tx.stateBehind) writeState(write, tx);
        });
      },
    };
    held.set(id, lease);
    return lease;
  }

  return {
    has: (id) => held.has(id) || taking.has(id),
    create,
    take,
    async releaseAll() {
      await Promise.all([...held.values()].map((lease) => lease.release()));
    },
  };
}

/** Who took the lease last, as the log tells. */
export function lastRunner(lines: readonly LogLine[]): string | undefined {
  const taken = lines.findLast(({ event }) => event?.event === "lease_taken")?.event;
  const runner = taken?.["runner"];
  return typeof runner === "string" ? runner : undefined;
}

function busy(tx: Transaction, runner: string | undefined): TetraError<TtsErrorCode> {
  const who = runner === undefined ? "another runner" : `the runner ${runner}`;
  return new TetraError("BUSY", `${tx.id} (${tx.state.stage}): ${who} is carrying it out`, {
    hint: "wait until it ends, or cancel it",
    details: { id: tx.id, stage: tx.state.stage, fence: tx.fence },
  });
}
