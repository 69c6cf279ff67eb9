/** The codes of the `TetraError`s of `@tetra/tsm/diagnosis`. */
export type DiagnosisErrorCode =
  /** A time that cannot be understood: neither a span (`2h`) nor a date. */
  "INVALID_TIME";
