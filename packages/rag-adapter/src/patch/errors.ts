import type { MulticatErrorCode } from "../multicat/errors.ts";

/** Codes that changing a project's files throws. Stable; listed in `docs/errors.md`. */
export type PatchErrorCode =
  | MulticatErrorCode
  /** An answer is not what the contract of plan, patch and notes says. */
  | "INVALID_ANSWER"
  /** A patch does not fit the files as they are. */
  | "PATCH_MISMATCH"
  /** Somebody else has changed a file meanwhile; theirs is kept. */
  | "FILE_CHANGED"
  /** A file could not be put back exactly, so it is not changed. */
  | "NOT_RESTORABLE"
  /** What was kept of a file in the transaction is gone, or is not what it was. */
  | "IMAGE_DAMAGED";
