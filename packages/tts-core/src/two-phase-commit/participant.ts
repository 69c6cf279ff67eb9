/** A participant's part of one transaction. The same in every process, so that any can finish it. */
export interface Branch {
  /** The transaction's id. */
  readonly txn: string;
  /** The participant's name. */
  readonly participant: string;
}

/**
 * What a participant promises. `yes`: it can commit or roll back, whichever it is told, however often it
 * or its machine stops in between. `read-only`: it has nothing to commit and leaves.
 * To vote no, `prepare` throws.
 */
export type Vote = "yes" | "read-only";

/**
 * A resource that takes part in two-phase commit. Every method may be called again after a crash, by
 * another process and with nothing but the branch in hand; doing so changes nothing more.
 *
 * A method that throws anything but `HEURISTIC` is taken for a resource that is away: it is called again
 * later, for ever, except `prepare` and `writeSet`, whose failure is the vote no, and `begin`, whose
 * failure rolls the transaction back.
 */
export interface Participant {
  /** Unique among the participants of a transaction: lower-case letters, digits, `-` and `_`. */
  readonly name: string;
  /** Called once the transaction has begun, before any work; such as taking a snapshot. */
  begin?(branch: Branch): Promise<void>;
  /**
   * Makes the branch's work durable but not visible, and promises to commit it. It votes no (throws)
   * when it does not know the work any more, such as after a crash of its own.
   */
  prepare(branch: Branch): Promise<Vote>;
  /**
   * Makes the work visible. A branch that is committed already is a success.
   * @throws TetraError `HEURISTIC` when the resource has decided otherwise by itself.
   */
  commit(branch: Branch): Promise<void>;
  /**
   * Forgets the work. A branch that is unknown, never prepared or rolled back already is a success.
   * @throws TetraError `HEURISTIC` when the resource has committed it by itself.
   */
  rollback(branch: Branch): Promise<void>;
  /** The branches of ours that are prepared here and wait for a decision. */
  recover(): Promise<readonly Branch[]>;
  /** What the branch is going to change, for finding conflicts: such as `notes/42`, collection included. */
  writeSet?(branch: Branch): Promise<readonly string[]>;
  /** Committing without preparing, for the only participant of a transaction. */
  readonly onePhase?: OnePhase;
}

/** Committing a branch at once. */
export interface OnePhase {
  /**
   * Makes the work durable and visible, and remembers that the branch was committed. Whatever it
   * throws, `isCommitted` is asked how it ended.
   */
  commit(branch: Branch): Promise<void>;
  /** Whether the branch was committed: asked when a failure or a crash hid the answer. */
  isCommitted(branch: Branch): Promise<boolean>;
}
