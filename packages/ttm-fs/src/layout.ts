import { join } from "node:path/posix";
import type { FileSystem } from "@tetra/durable-fs";
import { checkTransactionId } from "@tetra/tts-core";
import type { TransactionPaths } from "./store-api.ts";

/** Hidden folders beside the transactions. The original tools do not see them. */
export const HIDDEN = {
  /** Transactions being made, and those being removed. */
  new: ".new",
  /** One file per process that shares flushes. */
  journal: ".journal",
  /** The list of transactions: a cache. */
  index: ".index",
  /** One file for each who follows all transactions. */
  follow: ".follow",
  /** Packed transactions. */
  archive: ".archive",
} as const;

/** The symlink to the active transaction. */
export const ACTIVE = "active";

/** Byte 0 of `locks/txn`: taken for every append. */
export const APPEND_LOCK = { offset: 0, length: 1 } as const;
/** Byte 1 of `locks/txn`: held for a runner's life. */
export const LEASE_LOCK = { offset: 1, length: 1 } as const;

/** What is kept of a transaction that was put away: all of it, or its log. */
export const PACKED = { whole: ".tar.gz", log: ".ndjson.gz" } as const;

/** Where what is kept of it is. */
export function packedPath(root: string, id: string, kept: keyof typeof PACKED): string {
  return join(root, HIDDEN.archive, `${checkTransactionId(id)}${PACKED[kept]}`);
}

/** Where a transaction's parts are; also used on a folder that is still hidden. */
export interface FolderPaths extends TransactionPaths {
  readonly locks: string;
  readonly lock: string;
}

/** Paths below one transaction folder. */
export function folderPaths(folder: string): FolderPaths {
  return {
    folder,
    state: join(folder, "state.json"),
    log: join(folder, "events.ndjson"),
    context: join(folder, "ctx"),
    build: join(folder, "build"),
    artifacts: join(folder, "artifacts"),
    locks: join(folder, "locks"),
    lock: join(folder, "locks/txn"),
  };
}

/**
 * Paths of the transaction `id` below `root`.
 * @throws TetraError `INVALID_ID`
 */
export function transactionPaths(root: string, id: string): FolderPaths {
  return folderPaths(join(root, checkTransactionId(id)));
}

/** Whether a transaction is there. A link in place of its folder would lead out of the store. */
export function isThere(fs: FileSystem, { folder, log, state }: FolderPaths): boolean {
  if (fs.stat(folder)?.kind !== "folder") return false;
  return fs.stat(log) !== undefined || fs.stat(state) !== undefined;
}
