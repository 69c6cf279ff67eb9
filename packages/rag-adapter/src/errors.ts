/**
 * Codes that flows throw besides those of `@tetra/tts-core` (`TtsErrorCode`). Stable; listed in
 * `docs/errors.md`.
 */
export type FlowErrorCode =
  /** No session was named, and none is current. */
  | "NO_SESSION"
  /** A file that should become evidence is not text. */
  | "NOT_TEXT";
