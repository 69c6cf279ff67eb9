export { PROJECT_ACTIONS, projectActions, type ProjectActionPorts } from "./actions.ts";
export { type Answer, readAnswer, type WantedChange } from "./answer.ts";
export { checkAnswer, type CheckedAnswer, type CheckOptions } from "./check-answer.ts";
export { diffText } from "./diff-text.ts";
export type { PatchErrorCode } from "./errors.ts";
export type { FileChange } from "./file-change.ts";
export type { FilePatch, Hunk } from "./file-patch.ts";
export { PATCH_SAGA, patchedFiles } from "./patch-saga.ts";
export type { PlannedChange } from "./plan.ts";
export type { FileAttributes, Look, Owner, ProjectFiles } from "./project-files.ts";
export {
  PATCH_ARTIFACTS,
  recordPatch,
  type RecordOptions,
  type RecordPorts,
} from "./record-patch.ts";
export type { Standing } from "./standing.ts";
export type { FileStepData, FolderStepData } from "./step-data.ts";
