/** Every code this package throws. Stable; listed in `docs/errors.md`. */
export type TesErrorCode =
  /** `topology.json` is not JSON, or an entry is not what it must be. */
  | "INVALID_TOPOLOGY"
  /** A target that could not be given to ssh: blank, with spaces, or beginning like an option. */
  | "INVALID_TARGET";
