/** The codes of the `TetraError`s of `@tetra/tsm/monitoring`. */
export type MonitoringErrorCode =
  /** A line of `triggers.conf`, or the file itself, that cannot be trusted or understood. */
  "INVALID_TRIGGER";
