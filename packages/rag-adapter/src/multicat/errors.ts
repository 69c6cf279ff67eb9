/** Codes that reading MULTICAT throws. Stable; listed in `docs/errors.md`. */
export type MulticatErrorCode =
  /** A text is not MULTICAT, or a block of it is not what it must be. */
  | "INVALID_MULTICAT"
  /** A path that is absolute, leaves its folder, or leads where nobody may write. */
  | "PATH_REFUSED";
