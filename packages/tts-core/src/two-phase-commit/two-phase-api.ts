import type { VectorUpsert } from "./buffering.ts";
import type { Participant } from "./participant.ts";
import type { RecoveryReport } from "./recovery.ts";
import type { TwoPhaseLogEntry, TwoPhaseStatus } from "./status-of.ts";
import type { WriteSet } from "./two-phase-state.ts";

/** A request for a new transaction. */
export interface NewTwoPhase {
  /** Who begins it; kept in the state and in the transaction log. */
  readonly session: string;
  /** Who carries it out. Default `human`. */
  readonly agent?: string;
  readonly description: string;
  /** Where the change happens. Default `@local`. */
  readonly target?: string;
  /** The resources. None at all: the transaction only looks for conflicts. */
  readonly participants: readonly Participant[];
  /** Ends the waiting for a participant that is away, when the beginning has to be rolled back. */
  readonly signal?: AbortSignal;
}

/** How long to wait. */
export interface Patience {
  /** Ends the waiting for participants that are away; what is decided stays decided. */
  readonly signal?: AbortSignal;
}

/** With which resources transactions of other processes are carried on. */
export interface Resources {
  /** Every resource this process can reach. A transaction's are found by their names. */
  readonly participants: readonly Participant[];
}

/** A person's word on participants that had their own way. */
export interface Resolution extends Resources, Patience {
  /** Names of the participants. */
  readonly names: readonly string[];
  /** `settled`: it was looked after, and counts as done. `retry`: it is told the decision again. */
  readonly how: "retry" | "settled";
  readonly by: string;
  readonly why: string;
}

/**
 * Two-phase commit over real resources.
 *
 * The transaction's log decides: a participant commits only when the decision to commit is durable
 * there, and no decision means abort. A transaction belongs to the coordinator that holds its lease; when
 * its process dies, any other one can settle it.
 *
 * Methods that take the id of a transaction throw `NOT_FOUND` or `INVALID_ID` when there is none,
 * `NOT_TWO_PHASE` when it is another kind of transaction, `BUSY` when it is carried by another
 * coordinator or something is being done with it, and `LEASE_LOST` when another coordinator has overtaken
 * this one. Every method throws what the store throws (`IO`, `READ_ONLY`); the transaction is as its log
 * says then, and the same call may be made again.
 */
export interface TwoPhaseCommit {
  /**
   * Begins a transaction in the stage `EXECUTE`, with its participants on record.
   * @returns its id.
   * @throws TetraError `INVALID_INPUT` when the description is empty or a participant's name is malformed
   *   or repeated; `ROLLED_BACK` when a participant could not begin.
   */
  begin(wanted: NewTwoPhase): Promise<string>;
  /**
   * Adds keys to what the transaction is going to change (`writes`), or has based that on (`reads`).
   * They are compared with other open transactions' at the commit.
   * @throws TetraError `INVALID_STAGE` when it is decided or has ended.
   */
  touch(id: string, keys: Partial<WriteSet>): Promise<void>;
  /**
   * Hands a write to the participant that keeps writes back until the commit.
   * @throws TetraError `INVALID_STAGE` when it is decided or has ended; `INVALID_INPUT` when no
   *   participant does that; whatever the participant throws.
   */
  bufferVectorUpsert(id: string, upsert: VectorUpsert): Promise<void>;
  /**
   * Asks every participant for its vote, makes the decision durable, and carries it out. Participants
   * that are away are told again until they have carried it out, or the signal aborts: then the phase of
   * the status is `committing`, and calling this again, `recover` or `watchOrphans` goes on. When the
   * only participant commits in one phase and does not say how that ended before the signal aborts, the
   * phase is still `active`.
   * @throws TetraError `WRITE_CONFLICT` when another open transaction is changing the same; this one stays
   *   open and may be committed when the other has ended. `ROLLED_BACK` when it was decided to abort.
   *   `HEURISTIC` when a participant has decided otherwise by itself. `INVALID_STAGE` when it has ended.
   */
  commit(id: string, patience?: Patience): Promise<TwoPhaseStatus>;
  /**
   * Rolls everything back. Participants that are away are told again, as in `commit`.
   * @throws TetraError `INVALID_STAGE` when it is decided to commit, or has ended; `HEURISTIC`.
   */
  rollback(id: string, why: string, patience?: Patience): Promise<TwoPhaseStatus>;
  /**
   * Rolls back what has been open, without a decision, for longer than `olderThanMs`; not what somebody
   * alive in another process works in. One attempt: what is away is left to `recover` and `watchOrphans`.
   * @returns how many have really been rolled back.
   */
  timeoutStale(olderThanMs: number, resources?: Resources): Promise<number>;
  /** How many transactions are open, in all processes. */
  activeCount(): Promise<number>;
  /** What became of the transactions that have ended, newest first, aborted ones included. */
  log(): Promise<readonly TwoPhaseLogEntry[]>;
  /** Everything there is to know about a transaction, whoever carries it. */
  status(id: string): Promise<TwoPhaseStatus>;
  /**
   * Settles every transaction that nobody carries: rolled back without a decision, driven to the end with
   * one. Then settles branches that wait at a participant though their transaction is over or unknown.
   * Goes on until nothing waits for a participant that is away, or the signal aborts.
   */
  recover(how: Resources & Patience): Promise<RecoveryReport>;
  /**
   * Does what `recover` does, now and then every `everyMs`, until the signal aborts. What the store throws
   * is handed to `onError`, and the next round comes all the same.
   */
  watchOrphans(
    how: Resources & {
      readonly everyMs: number;
      readonly signal: AbortSignal;
      readonly onError: (error: unknown) => void;
    },
  ): Promise<void>;
  /**
   * Takes a person's word on participants that had their own way, and carries on.
   * @throws TetraError `INVALID_INPUT` when one of the names does not wait for a person.
   */
  resolve(id: string, resolution: Resolution): Promise<TwoPhaseStatus>;
}
