export { checkBlobName } from "./context/blob-name.ts";
export { compareBytes } from "./context/byte-order.ts";
export { contextDigestText, type DigestedFile } from "./context/context-digest.ts";
export {
  compareContextNames,
  contextName,
  type ContextNameParts,
  contextNumber,
  FIRST_EVIDENCE,
  isEvidenceVariable,
  nextContextNumber,
} from "./context/context-name.ts";
export { policyFile, requestFile } from "./context/default-files.ts";
export { type EvidenceEntry, evidenceList, type EvidenceList } from "./context/evidence.ts";
export type { TtsErrorCode } from "./errors.ts";
export { notFound } from "./errors.ts";
export { type NewIds, newIds } from "./new-id.ts";
export {
  type ManagerPorts,
  type NewTransaction,
  type TransactionManager,
  transactionManager,
  type Transition,
} from "./manager.ts";
export type {
  AppendOptions,
  BlobSource,
  ChangesOptions,
  Clock,
  ContextEntry,
  Lease,
  LeaseOptions,
  ListQuery,
  NewContext,
  Runner,
  TargetResolver,
  Timer,
  TransactionBlobs,
  TransactionDirectory,
  TransactionLog,
  TransactionStore,
  WatchOptions,
} from "./ports.ts";
export { type StageSpan, statusOf, type StatusParts, type TransactionStatus } from "./status.ts";
export { formatInstant, formatStamp, parseInstant } from "./time.ts";
export { type Adoption, reconstruct, type Reconstruction, sameJson } from "./transaction/adopt.ts";
export { begin, type Beginning, type Command, decide, targetOf } from "./transaction/decide.ts";
export {
  type EventName,
  type EventRecord,
  type NewEvent,
  newEvent,
  seal,
  type SealedEvent,
} from "./transaction/event.ts";
export type { FlowEvents, FlowEvidence } from "./transaction/flow-event.ts";
export { formatEventLine, parseEventLine } from "./transaction/event-line.ts";
export {
  checkTransactionId,
  idStamp,
  isTransactionId,
  newestFirst,
  slug,
  transactionId,
} from "./transaction/id.ts";
export { type LogContent, type LogLine, readLog } from "./transaction/log.ts";
export {
  defineStages,
  isAnotherIteration,
  isFinal,
  nextStages,
  type StageMachine,
  STAGES,
  stagesOf,
  STANDARD,
} from "./transaction/stage.ts";
export {
  formatState,
  parseState,
  type StoredState,
  type TransactionState,
} from "./transaction/state.ts";
export { beginLeased, takeLease } from "./transaction/take-lease.ts";
export {
  type Approval,
  blankTransaction,
  type Evidence,
  evolve,
  fold,
  type StageVisit,
  type Transaction,
} from "./transaction/transaction.ts";
