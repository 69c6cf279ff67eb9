import type { SagaDefinition, SagaNode } from "@tetra/tts-core/saga";
import { PROJECT_ACTIONS } from "./actions.ts";
import type { CheckedAnswer } from "./check-answer.ts";
import type { FileChange } from "./file-change.ts";
import { type FileStepData, type FolderStepData, parseFileStep } from "./step-data.ts";

/** What sagas that apply an answer are called. */
export const PATCH_SAGA = "apply-answer";

/** The contents that are kept of a change, by the names that they have among the artifacts. */
export function imagesOf(
  { old, fresh }: FileChange,
  at: number,
): { readonly before?: string; readonly after?: string } {
  const number = String(at + 1).padStart(4, "0");
  return {
    ...(old === undefined ? {} : { before: `files/${number}.before` }),
    ...(fresh === undefined ? {} : { after: `files/${number}.after` }),
  };
}

/** The saga that makes the changes in `root`, with contents kept in the transaction `txn`. */
export function patchSaga(
  { folders, changes }: Pick<CheckedAnswer, "folders" | "changes">,
  { root, txn }: { readonly root: string; readonly txn: string },
): SagaDefinition {
  const makeFolders = folders.map(({ path, mode }, at): SagaNode => {
    const data: FolderStepData = { root, path, mode };
    return {
      type: "step",
      name: stepName("folder", at, path),
      action: PROJECT_ACTIONS.makeFolder,
      data: { ...data },
      compensate: { action: PROJECT_ACTIONS.removeFolder, retry: RETRY },
    };
  });
  const changeFiles = changes.map((change, at): SagaNode => {
    const { path, before, after } = change;
    const data: FileStepData = { root, path, txn, before, after, images: imagesOf(change, at) };
    return {
      type: "step",
      name: stepName("file", at, path),
      action: PROJECT_ACTIONS.changeFile,
      data: JSON.parse(JSON.stringify(data)),
      compensate: { action: PROJECT_ACTIONS.restoreFile, retry: RETRY },
    };
  });
  return { name: PATCH_SAGA, steps: [...makeFolders, ...changeFiles] };
}

/** The files that a saga of `patchSaga` changes; none for any other. */
export function patchedFiles({ steps }: SagaDefinition): readonly FileStepData[] {
  return steps.flatMap((node) =>
    node.type === "step" && node.action === PROJECT_ACTIONS.changeFile
      ? [parseFileStep(node.data)]
      : [],
  );
}

/** What does not work now, such as for want of space, may a little later; a person is there sooner than many tries. */
const RETRY = { maxAttempts: 3, firstMs: 200 };
const LONGEST_NAME = 64;

/** A step's name may hold no slash. */
function stepName(kind: string, at: number, path: string): string {
  const shown = path.replaceAll(/[^A-Za-z0-9_.-]+/g, "-");
  return `${kind}-${at + 1}-${shown.slice(-(LONGEST_NAME - 14))}`.slice(0, LONGEST_NAME);
}
