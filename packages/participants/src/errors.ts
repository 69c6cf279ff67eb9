/** Every code this package throws. Stable; listed in `docs/errors.md`. */
export type ParticipantErrorCode =
  /** The resource has decided otherwise by itself; a person must look. */
  | "HEURISTIC"
  /** An argument is not what it must be. */
  | "INVALID_INPUT"
  /** Another open transaction has prepared a change that does not go with this one. */
  | "CONFLICT"
  /** The resource is away or busy for now; the same call may work later. */
  | "RESOURCE_AWAY"
  /** The resource does not take the branch's work: a constraint, a check or a number of rows does not hold. */
  | "WORK_REFUSED"
  /** Nothing is known here of the branch: its work was given to another process, and is lost. */
  | "UNKNOWN_BRANCH"
  /** A file that is no database, or a connection that could not keep what it promises. */
  | "UNSAFE_DATABASE"
  /** A vector has another dimension than its collection. */
  | "DIMENSION_MISMATCH"
  /** Something in a folder could not be put back exactly: a mount point, a socket, somebody else's file. */
  | "NOT_RESTORABLE"
  /** The snapshot of a folder could not be made or flushed; nothing of it stays. */
  | "SNAPSHOT_FAILED"
  /** A part of a snapshot that a restore needs was removed or changed by somebody else. */
  | "SNAPSHOT_DAMAGED";
