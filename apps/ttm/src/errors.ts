import type { CommandLineErrorCode } from "@tetra/cli-kit";
import type { EndpointErrorCode } from "@tetra/tes";
import type { TtsErrorCode } from "@tetra/tts-core";
import type { SagaErrorCode } from "@tetra/tts-core/saga";
import type { TwoPhaseErrorCode } from "@tetra/tts-core/two-phase-commit";

/** Every code that this program can end with. Stable; listed in `docs/errors.md`. */
export type TtmErrorCode =
  | TtsErrorCode
  | SagaErrorCode
  | TwoPhaseErrorCode
  | EndpointErrorCode
  | CommandLineErrorCode
  /** Nothing says where the data is. */
  | "NO_DATA_ROOT"
  /** `actions.json` is not JSON, or an action is not what it must be. */
  | "INVALID_ACTIONS"
  /** No such action. */
  | "UNKNOWN_ACTION"
  /** A mistake in this program. */
  | "BUG";
