import { TetraError } from "@tetra/errors";

/** Every code this package and the stores behind its port throw. Stable; listed in `docs/errors.md`. */
export type TtsErrorCode =
  /** An argument, a record or a name is not what it must be. */
  | "INVALID_INPUT"
  /** A transaction id that could not be a folder name of the standard. */
  | "INVALID_ID"
  /** A stage that the module has not declared. */
  | "UNKNOWN_STAGE"
  /** A move that the stages do not allow. */
  | "INVALID_STAGE"
  /** No such transaction, context file or artifact. */
  | "NOT_FOUND"
  /** An id prefix that fits several transactions. */
  | "AMBIGUOUS"
  /** No id was given and no transaction is active. */
  | "NO_ACTIVE"
  /** A transaction of this id is there already. */
  | "EXISTS"
  /** Somebody else wrote first; read again and decide again. */
  | "CONFLICT"
  /** Another runner holds the lease. */
  | "BUSY"
  /** The transaction has no target to resolve. */
  | "NO_TARGET"
  /** The store was opened for reading. */
  | "READ_ONLY"
  /** The disk, the network or the database failed; what was acknowledged is safe. */
  | "IO";

/** The error for an id that no transaction has, worded the same by every store. */
export function notFound(id: string): TetraError<TtsErrorCode> {
  return new TetraError("NOT_FOUND", `${id}: no such transaction`, {
    hint: "list the transactions to see their ids",
    details: { id },
  });
}
