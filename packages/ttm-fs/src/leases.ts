import { tryLockFile } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import {
  decide,
  type Lease,
  type LogLine,
  STANDARD,
  type Transaction,
  type TtsErrorCode,
} from "@tetra/tts-core";
import type { CommitQueue } from "./commit-queue.ts";
import { LEASE_LOCK, transactionPaths } from "./layout.ts";
import { readLines } from "./log-watch.ts";
import { adopt, appendNow, type WriteParts, writeState } from "./write-path.ts";

/** The leases that this store gave out. */
export interface Leases {
  /** Whether one of them is on this transaction. */
  has(id: string): boolean;
  /** @throws TetraError `BUSY` when somebody alive holds it. */
  take(id: string, runner: { readonly name: string; readonly atMs: number }): Promise<Lease>;
  releaseAll(): Promise<void>;
}

/** Makes the leases of one store: byte 1 of `locks/txn`, held by a descriptor of its own. */
export function leases(write: WriteParts, queue: CommitQueue): Leases {
  const { fs, root } = write.env;
  const held = new Map<string, Lease>();

  async function take(
    id: string,
    { name, atMs }: { readonly name: string; readonly atMs: number },
  ): Promise<Lease> {
    const paths = transactionPaths(root, id);
    // opened by the queue first: that the transaction exists is known before a lock file is made
    const current = await queue.alone(id, (_tx, view) => view.transaction);
    const lock = tryLockFile(fs, paths.lock, LEASE_LOCK);
    if (lock === undefined) throw busy(current, lastRunner(readLines(fs, paths)));
    try {
      const taken = await queue.alone(id, (tx, view) => {
        const { transaction } = adopt(write, tx, { view, atMs });
        const command = { type: "take-lease", runner: name, atMs } as const;
        return appendNow(write, tx, decide(transaction, command, STANDARD)).transaction;
      });
      const lease: Lease = {
        id,
        fence: taken.fence,
        revision: taken.revision,
        async release() {
          if (held.get(id) !== lease) return;
          held.delete(id);
          lock.release();
          await queue.alone(id, (tx) => {
            if (tx.stateBehind) writeState(write, tx);
          });
        },
      };
      held.set(id, lease);
      return lease;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  return {
    has: (id) => held.has(id),
    take,
    async releaseAll() {
      await Promise.all([...held.values()].map((lease) => lease.release()));
    },
  };
}

function lastRunner(lines: readonly LogLine[]): string | undefined {
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
