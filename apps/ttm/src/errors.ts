import type { CommandLineErrorCode } from "@tetra/cli-kit";
import type { EndpointErrorCode } from "@tetra/tes";
import type { ContextErrorCode } from "@tetra/rag-adapter/context";
import type { PatchErrorCode } from "@tetra/rag-adapter/patch";
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
  | ContextErrorCode
  | PatchErrorCode
  /** Nothing says where the data is. */
  | "NO_DATA_ROOT"
  /** `actions.json` is not JSON, or an action is not what it must be. */
  | "INVALID_ACTIONS"
  /** No such action. */
  | "UNKNOWN_ACTION"
  /** The file that says what agents may do is not what it must be, or others may write to it. */
  | "INVALID_POLICY"
  /** Nothing says what agents may run, so they may run nothing. */
  | "NO_POLICY"
  /** The policy does not allow an agent to do this. */
  | "FORBIDDEN"
  /** A person has to approve it first. */
  | "NOT_APPROVED"
  /** The last validation of the transaction failed. */
  | "NOT_VALID"
  /** More than the policy's limits, or this server, allow. */
  | "TOO_MUCH"
  /** The program `tsm` is not installed beside this one, nor on PATH. */
  | "NO_TSM"
  /** A mistake in this program. */
  | "BUG";
