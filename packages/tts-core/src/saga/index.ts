export type { Action, ActionCall, ActionRegistry, SecretReader } from "./action.ts";
export type { DefineOptions, StartOptions } from "./beginning.ts";
export { checkDefinition, checkReady } from "./check-definition.ts";
export { differences } from "./definition-differences.ts";
export { digestOf } from "./definition-digest.ts";
export type {
  ActionStep,
  ApprovalStep,
  Compensation,
  NestedSaga,
  ParallelGroup,
  RetryPolicy,
  SagaDefinition,
  SagaNode,
  SignalStep,
  SleepStep,
} from "./definition.ts";
export type { SagaPorts } from "./drive.ts";
export type { SagaErrorCode } from "./errors.ts";
export { evolveSaga, foldSaga } from "./evolve-saga.ts";
export type { Json } from "./json.ts";
export { type Call, type Moment, next, type Next, type Waiting } from "./next.ts";
export type { Reference } from "./reference.ts";
export type { CompletedStep, SagaFailureReason } from "./saga-event.ts";
export type { StepStates } from "./step-states.ts";
export { readSaga, type SagaRecord } from "./saga-log.ts";
export type { Calls, CallStatus, SagaFailure, SagaState, StepState, Word } from "./saga-state.ts";
export {
  type SagaStatus,
  type SagaView,
  type StepStatus,
  type StepView,
  viewOf,
} from "./saga-view.ts";
export { type ResumeOptions, type RunOptions, type Sagas, sagas } from "./sagas.ts";
export { type ExportedSaga, exportSaga, importSaga } from "./export-saga.ts";
export { type Masker, masker } from "./masking.ts";
export { type SagaFileOptions, type SagaFromFile, sagaFromFile } from "./saga-file.ts";
export { SHELL_ACTION, type ShellData, type ShellResult } from "./saga-file-call.ts";
export { type Verdict, verdictOn, work, type WorkerNote, type WorkerOptions } from "./worker.ts";
export { mermaidOf } from "./mermaid.ts";
export { planOf, type PlanStep, type SagaPlan, type WayBack } from "./plan.ts";
export { action, actionRegistry, type TypedAction } from "./action-registry.ts";
export {
  type AnyData,
  type AttemptSpec,
  type From,
  type FromDone,
  type GroupBuilder,
  ofType,
  type SagaBuilder,
  saga,
  type StepBasics,
} from "./builder.ts";
export { field, type Ref, type RefTo, secret, type SecretRef, text } from "./typed-reference.ts";
