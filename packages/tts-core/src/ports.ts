import type { NewEvent } from "./transaction/event.ts";
import type { LogLine } from "./transaction/log.ts";
import type { TransactionState } from "./transaction/state.ts";
import type { Transaction } from "./transaction/transaction.ts";

/** Time, as far as the standard needs it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Minutes that local time is east of UTC at that instant: ids carry local time. */
  offsetMinutes(atMs: number): number;
}

/** Waiting, as far as the engines need it. */
export interface Timer {
  /**
   * Resolves at `atMs` (milliseconds since the epoch) or soon after, and at once when the signal
   * aborts. Never rejects.
   */
  until(atMs: number, signal: AbortSignal): Promise<void>;
}

/** Who asks to append. */
export interface AppendOptions {
  /** The fence of the lease under which the caller works; an older one than the log's is refused. */
  readonly fence?: number;
}

/** Who wants to carry a transaction on. */
export interface Runner {
  /** Recorded with the lease, for whoever looks. */
  readonly name: string;
  /** When (milliseconds since the epoch). */
  readonly atMs: number;
}

/** What goes with taking a lease. */
export interface LeaseOptions {
  /**
   * Decides what is appended together with `lease_taken`, behind it: one durable step for both, all of
   * it or nothing. It is asked when nobody else can write any more, and told what the transaction will be
   * once `lease_taken` is in its log: `fence` is the new lease's. Who decided earlier compares `revision`,
   * which is one higher than before the lease. When it throws, that is thrown, and no lease is taken.
   */
  readonly decide?: (transaction: Transaction) => readonly NewEvent[];
}

/** The right to carry a transaction on, held until it is released or its process dies. */
export interface Lease {
  readonly id: string;
  /** Given with every append under this lease. One higher than any lease before. */
  readonly fence: number;
  /** The revision after the lease was taken, and what was decided with it appended. */
  readonly revision: number;
  /** Gives the lease back. Doing so twice is harmless. */
  release(): Promise<void>;
}

/** What a context file or artifact is made from. */
export type BlobSource =
  /**
   * A file or folder of this machine. Stores without access to it refuse with `INVALID_INPUT`. It is
   * recorded as `origin`, by default the path.
   */
  | { readonly path: string; readonly origin?: string }
  /** The content itself, and the name whose suffix the file gets; it is recorded as the source. */
  | { readonly bytes: Uint8Array; readonly name: string };

/** A request to add evidence. */
export interface NewContext {
  readonly description: string;
  readonly source: BlobSource;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** An entry of `ctx/`. */
export interface ContextEntry {
  /** Its name, such as `100_config.toml`. */
  readonly name: string;
  readonly kind: "file" | "folder";
  /** Size of a file in bytes; 0 for a folder. */
  readonly bytes: number;
}

/** Which transactions to list. */
export interface ListQuery {
  /** Only those in this stage. */
  readonly stage?: string;
  /** Believe nothing cached: read every transaction again. */
  readonly fresh?: boolean;
}

/** How to follow a transaction. */
export interface WatchOptions {
  /** Lines to skip, from the start of the log. Default 0. */
  readonly from?: number;
  /** Ends the iteration, which then returns without an error. */
  readonly signal?: AbortSignal;
}

/** How to follow all transactions. */
export interface ChangesOptions {
  /** Ends the iteration, which then returns without an error. */
  readonly signal?: AbortSignal;
}

/**
 * The five verbs that every store offers over a transaction's log. The log is the truth: a state is its
 * fold. Every implementation must pass `conformanceCases`.
 */
export interface TransactionLog {
  /**
   * Makes a transaction that begins with these events, and with `000_policy.md` and `010_request.md` in
   * its `ctx/` (see `policyFile`, `requestFile`). Durable and visible whole once resolved.
   * @returns the revision.
   * @throws TetraError `EXISTS` when the id is taken, `INVALID_ID`, `READ_ONLY`, `IO`.
   */
  create(id: string, events: readonly NewEvent[]): Promise<number>;

  /**
   * The same, and takes the lease with it: `lease_taken`, and what `decide` gives, stand behind the
   * events in one append. One durable step instead of two, and nobody else can have the lease first.
   * @throws TetraError `EXISTS` when the id is taken, `INVALID_ID`, `READ_ONLY`, `IO`.
   */
  createLeased(
    id: string,
    events: readonly NewEvent[],
    runner: Runner,
    options?: LeaseOptions,
  ): Promise<Lease>;

  /**
   * Adds events if the log still holds exactly `expectedRevision` lines of ours. All of them or none;
   * durable once resolved.
   * @returns the new revision.
   * @throws TetraError `CONFLICT` when another writer got there first (a foreign change that is only
   *   now adopted counts) or the fence is old: read again and decide again. `NOT_FOUND`, `READ_ONLY`,
   *   `IO`; after `IO` it is unknown whether the events are there: read again.
   */
  append(
    id: string,
    expectedRevision: number,
    events: readonly NewEvent[],
    options?: AppendOptions,
  ): Promise<number>;

  /**
   * The lines of the log in order, other writers' included, from line `from` (default 0).
   * @throws TetraError `NOT_FOUND`, `IO`.
   */
  read(id: string, from?: number): Promise<readonly LogLine[]>;

  /**
   * Takes the right to carry the transaction on, and records it as `lease_taken`.
   * @throws TetraError `BUSY` when somebody alive holds it, `NOT_FOUND`, `READ_ONLY`, `IO`.
   */
  lease(id: string, runner: Runner, options?: LeaseOptions): Promise<Lease>;

  /**
   * The lines there are and then each new one as it comes, until the signal aborts.
   * @throws TetraError `NOT_FOUND`, `IO`.
   */
  watch(id: string, options?: WatchOptions): AsyncIterable<LogLine>;
}

/** The files that belong to a transaction. Names that leave their folder are refused. */
export interface TransactionBlobs {
  /**
   * Adds numbered evidence and records it with its digest, in one step for whoever looks.
   * @returns the name it got in `ctx/`.
   * @throws TetraError `NOT_FOUND` when the transaction or the source is missing, `INVALID_INPUT` when
   *   the description cannot be part of a file name, `READ_ONLY`, `IO`.
   */
  addContext(id: string, context: NewContext): Promise<{ name: string; digest: string }>;
  /** Entries of `ctx/` by leading number, then name. @throws TetraError `NOT_FOUND` */
  listContext(id: string): Promise<readonly ContextEntry[]>;
  /** A context file's content. @throws TetraError `NOT_FOUND`, `INVALID_INPUT`, `IO` */
  readContext(id: string, name: string): Promise<Uint8Array>;
  /**
   * The standard's digest of `ctx/` (it depends on where the store is); `none` without the folder.
   */
  contextDigest(id: string): Promise<string>;
  /** Writes or replaces a result, durably. @throws TetraError `NOT_FOUND`, `INVALID_INPUT`, `IO` */
  putArtifact(id: string, name: string, bytes: Uint8Array): Promise<void>;
  /** Names of results, sorted; nested ones as `folder/name`. @throws TetraError `NOT_FOUND` */
  listArtifacts(id: string): Promise<readonly string[]>;
  /** A result's content. @throws TetraError `NOT_FOUND`, `INVALID_INPUT`, `IO` */
  readArtifact(id: string, name: string): Promise<Uint8Array>;
}

/** Finding transactions. */
export interface TransactionDirectory {
  /** States, newest first (by the id's time, then by id: see `newestFirst`). */
  list(query?: ListQuery): Promise<readonly TransactionState[]>;
  /** Ids that begin with `prefix`, sorted bytewise. */
  find(prefix: string): Promise<readonly string[]>;
  /** The active transaction's id, if it still exists. */
  active(): Promise<string | undefined>;
  /** Makes a transaction the active one, or none. @throws TetraError `NOT_FOUND`, `READ_ONLY`, `IO` */
  activate(id: string | undefined): Promise<void>;
  /**
   * Ids of transactions whose log has changed, soon after each change, new transactions included; until
   * the signal aborts or the store closes. Nothing is missed that is written through a store, by any
   * process, once the first `next()` was called: call it, then read what there is, then go on with what it
   * brings. An id comes once for several changes that were quick, and may come without a change. What a
   * tool without a store writes need not be noticed.
   * @throws TetraError `READ_ONLY` where following needs a store that may write, `IO`.
   */
  changes(options?: ChangesOptions): AsyncIterable<string>;
}

/** Where transactions live. */
export interface TransactionStore extends TransactionLog, TransactionBlobs, TransactionDirectory {
  /**
   * The transaction as its log tells it, other writers' changes included. Changes nothing.
   * @throws TetraError `NOT_FOUND`, `IO`.
   */
  load(id: string): Promise<Transaction>;
  /**
   * Finishes what is under way and gives everything back: leases are released, watches end. The store is
   * of no use afterwards; closing it twice is harmless.
   */
  close(): Promise<void>;
}

/** Turns a target such as `@staging` into something that can be reached. Apps fill it. */
export interface TargetResolver {
  /** @returns the plan: text usable as an ssh destination. */
  resolve(target: string): Promise<string>;
}
