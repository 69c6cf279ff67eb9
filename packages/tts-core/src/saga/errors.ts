/** Every code that the saga engine throws besides those of the store. Stable; listed in `docs/errors.md`. */
export type SagaErrorCode =
  /** A saga's definition is not what it must be. */
  | "INVALID_SAGA"
  /** The registered definition differs from the one the transaction was started with. */
  | "DEFINITION_CHANGED"
  /** No action of this name is registered. */
  | "ACTION_MISSING"
  /** A secret that a step refers to is not there. */
  | "SECRET_MISSING"
  /** Thrown by an action that cannot tell whether it took effect, as when a connection was lost. */
  | "OUTCOME_UNKNOWN"
  /** The transaction is no saga. */
  | "NOT_A_SAGA"
  /** The saga is past its pivot and goes forward only. */
  | "PAST_PIVOT"
  /** Another runner carries the saga on now; this one has stopped. */
  | "LEASE_LOST"
  /** The saga does not wait for this, or can no longer be changed so. */
  | "NOT_WAITING";
