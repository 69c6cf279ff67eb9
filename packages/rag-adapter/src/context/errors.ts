import type { TtsErrorCode } from "@tetra/tts-core";

/** Codes that assembling context throws. Stable; listed in `docs/errors.md`. */
export type ContextErrorCode =
  | Extract<TtsErrorCode, "INVALID_INPUT" | "NOT_FOUND">
  /** A path that leads out of the folder that evidence comes from. */
  | "PATH_REFUSED"
  /** What has to be in a prompt is more than the budget. */
  | "OVER_BUDGET"
  /** A recorded prompt is not what it was when it was recorded. */
  | "IMAGE_DAMAGED";
