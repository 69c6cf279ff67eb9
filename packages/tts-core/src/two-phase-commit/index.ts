export { type BufferingParticipant, isBuffering, type VectorUpsert } from "./buffering.ts";
export type { AbortReason, Ballot } from "./decide-two-phase.ts";
export type { TwoPhaseErrorCode } from "./errors.ts";
export { lifecycle, type LifecycleEvent } from "./lifecycle.ts";
export type { Branch, OnePhase, Participant, Vote } from "./participant.ts";
export type { TwoPhaseNotice, TwoPhasePorts } from "./ports.ts";
export type { RecoveryReport } from "./recovery.ts";
export type { Away, TwoPhaseLogEntry, TwoPhaseStatus } from "./status-of.ts";
export { requestCancel } from "./request-cancel.ts";
export type {
  NewTwoPhase,
  Patience,
  Resolution,
  Resources,
  TwoPhaseCommit,
} from "./two-phase-api.ts";
export { twoPhaseCommit } from "./two-phase-commit.ts";
export type { AbortCause } from "./two-phase-event.ts";
export {
  type Decision,
  foldTwoPhase,
  type Participation,
  type TwoPhase,
  type TwoPhaseState,
  type WriteSet,
} from "./two-phase-state.ts";
