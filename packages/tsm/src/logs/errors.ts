/** The codes of the `TetraError`s of `@tetra/tsm/logs`, besides `SERVICE_NOT_FOUND` and `SERVICE_BUSY`. */
export type LogsErrorCode =
  /** What to read cannot be: a number of lines that is none, a pattern that is no regular expression. */
  | "INVALID_LOG_QUERY"
  /** A rotation policy with a size, age or count that cannot be. */
  | "INVALID_ROTATION"
  /** A log could not be rotated or an archive not compressed; nothing was lost, it is tried again. */
  | "ROTATION_FAILED"
  /** An archived part of a log cannot be read; the message says which file. */
  | "INVALID_ARCHIVE";
