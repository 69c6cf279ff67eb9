import type { CommandLineErrorCode } from "@tetra/cli-kit";
import type { TesErrorCode } from "@tetra/tes";
import type { TtsErrorCode } from "@tetra/tts-core";

/** Every code that this program can end with. Stable; listed in `docs/errors.md`. */
export type TtmErrorCode =
  | TtsErrorCode
  | TesErrorCode
  | CommandLineErrorCode
  /** Nothing says where the data is. */
  | "NO_DATA_ROOT"
  /** The command cannot be executed at that target yet. */
  | "REMOTE_TARGET"
  /** A mistake in this program. */
  | "BUG";
