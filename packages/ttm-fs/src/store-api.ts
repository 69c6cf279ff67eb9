import type { FileSystem } from "@tetra/durable-fs";
import type { TransactionStore } from "@tetra/tts-core";

/** How to open a folder of transactions. */
export interface FolderStoreOptions {
  /** Absolute path of the folder that holds the transactions (`$TETRA_DIR/ttm/txns`). */
  readonly folder: string;
  /** `read`: nothing is ever written, and changes are refused with `READ_ONLY`. Default `write`. */
  readonly mode?: "read" | "write";
  /** The file system. Default: the real one. */
  readonly fs?: FileSystem;
  /** Told while something long goes on, such as making the index anew. */
  readonly onProgress?: (progress: Progress) => void;
}

/** How far a long job is. */
export interface Progress {
  readonly job: "index" | "archive" | "prune" | "recover";
  readonly done: number;
  readonly total: number;
}

/** Where the parts of a transaction are. */
export interface TransactionPaths {
  readonly folder: string;
  readonly state: string;
  readonly log: string;
  readonly context: string;
  readonly build: string;
  readonly artifacts: string;
}

/** What {@link FolderStore.recover} mended. */
export interface RecoveryReport {
  /** Dead writers' journals that were replayed and removed. */
  readonly journals: number;
  /** Hidden leftovers of dead processes that were removed, by path. */
  readonly swept: readonly string[];
  /** What was mended in which transaction, in words. */
  readonly repaired: readonly { readonly id: string; readonly what: string }[];
}

/** One thing {@link FolderStore.diagnose} looked at. */
export interface Finding {
  readonly level: "ok" | "warning" | "problem";
  /** What was found, in one line, without the id. */
  readonly what: string;
  /** What to do about it. */
  readonly fix?: string;
  readonly id?: string;
}

/** Which finished transactions to put away. Open ones are never touched. */
export interface Retention {
  /** Only those whose last change is at least this long ago (milliseconds). */
  readonly olderThanMs: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Only those in these stages. Default: every final stage. */
  readonly stages?: readonly string[];
  /** Only say which. */
  readonly dryRun?: boolean;
}

/** A store whose transactions are folders. */
export interface FolderStore extends TransactionStore {
  /** The folder that holds the transactions. */
  readonly folder: string;
  /** Where the parts of a transaction are, whether it exists or not. @throws TetraError `INVALID_ID` */
  paths(id: string): TransactionPaths;
  /** Makes the folder, durably, if it is not there. */
  init(): Promise<void>;
  /** Puts everything right that crashes can have left, and says what that was. */
  recover(): Promise<RecoveryReport>;
  /** Looks for what is wrong, changing nothing. */
  diagnose(): Promise<readonly Finding[]>;
  /** Packs finished transactions into `.archive/<id>.tar.gz`, and removes their folders. */
  archive(retention: Retention): Promise<readonly string[]>;
  /** Brings an archived transaction back. @throws TetraError `NOT_FOUND`, `EXISTS` */
  restore(id: string): Promise<void>;
  /** Ids that are archived, sorted. */
  archived(): Promise<readonly string[]>;
  /** Removes finished transactions and archives; only the log stays, packed in `.archive/<id>.ndjson.gz`. */
  prune(retention: Retention): Promise<readonly string[]>;
}
