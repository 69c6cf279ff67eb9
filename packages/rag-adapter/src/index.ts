export type { FlowErrorCode } from "./errors.ts";
export { chosen, type EvidenceChoice, parseChoice } from "./evidence/evidence-choice.ts";
export {
  contentId,
  type EvidenceFile,
  formatEvidence,
  parseEvidence,
} from "./evidence/evidence-file.ts";
export {
  evidenceAmong,
  evidenceKind,
  type EvidenceName,
  formatEvidenceName,
  type NamedEvidence,
  nextRank,
  parseEvidenceName,
  rebasePlan,
  type Renaming,
} from "./evidence/evidence-name.ts";
export { type EvidenceSource, takeEvidence } from "./evidence/evidence-source.ts";
export {
  type EvidencePiece,
  type EvidenceStore,
  evidenceStore,
} from "./evidence/evidence-store.ts";
export { formatSelector, parseSelector, type Range, type Selector } from "./evidence/selector.ts";
export { type Slice, slice } from "./evidence/span.ts";
export type { FlowFiles, FlowFileStat, PlannedItem, TreeItem } from "./flow-files.ts";
export type { FlowPorts } from "./flow-ports.ts";
export { changeFlow, loadFlow } from "./flow/change-flow.ts";
export { type CompletionRequest, parseCompletion } from "./flow/completion-options.ts";
export {
  beginFlow,
  checkpointFlow,
  completeFlow,
  type Completion,
  type Flow,
  moveFlow,
  type NewFlow,
  tagFlow,
} from "./flow/decide-flow.ts";
export { type Checkpoint, checkpointsIn, flowEvents } from "./flow/flow-events.ts";
export { type FlowFields, flowFields, NEW_FLOW } from "./flow/flow-state.ts";
export { flowPolicy, flowPrompt, promptText } from "./flow/flow-texts.ts";
export { isAnotherRound, RAG_STAGES, ragStageOf, storedStage } from "./flow/rag-stage.ts";
export { type FlowMove, type Flows, flowsIn } from "./flows.ts";
export { type FlowPaths, flowPaths } from "./folder/flow-paths.ts";
export {
  parseScope,
  ragCandidates,
  type RagFolder,
  ragFolder,
  type RagFolderQuery,
  type RagScope,
} from "./folder/rag-folder.ts";
export { type Badge, badgeOf } from "./page/badge.ts";
export { completedPage } from "./page/complete-page.ts";
export { createdPage } from "./page/create-page.ts";
export { type FlowListEntry, type FlowListing, listPage } from "./page/list-page.ts";
export { type Paint, paintOf, PLAIN, type Tone } from "./page/paint.ts";
export { resumedPage } from "./page/resume-page.ts";
export {
  estimatedTokens,
  type FlowStatus,
  shownPath,
  statusPage,
  type StatusPageOptions,
} from "./page/status-page.ts";
export { cut, padded, visible } from "./page/visible.ts";
export { promoteFlow, type PromotedFlow, type Promotion, promotionPlan } from "./promote.ts";
export {
  formatSession,
  newSession,
  parseSession,
  type Session,
  withFlow,
} from "./session/session.ts";
export { type SessionPorts, type Sessions, sessionsIn } from "./session/sessions.ts";
