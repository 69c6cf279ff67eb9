import { isTetraError, TetraError } from "@tetra/errors";
import type { TransactionBlobs } from "@tetra/tts-core";
import { type ActionCall, type ActionRegistry, actionRegistry } from "@tetra/tts-core/saga";
import type { PatchErrorCode } from "./errors.ts";
import type { ProjectFiles } from "./project-files.ts";
import { folderOf } from "./project-path.ts";
import { digestOf, type Standing } from "./standing.ts";
import { parseFileStep, parseFolderStep } from "./step-data.ts";
import { swapFile } from "./swap-file.ts";

/** Names under which the actions are recorded in sagas. Never changed: old transactions name them. */
export const PROJECT_ACTIONS = {
  makeFolder: "project.make-folder",
  removeFolder: "project.remove-folder",
  changeFile: "project.change-file",
  restoreFile: "project.restore-file",
} as const;

/** What the actions work with. */
export interface ProjectActionPorts {
  /** Where the transactions are that keep the files' contents. */
  readonly store: Pick<TransactionBlobs, "readArtifact">;
  /** The files of the project in this folder. */
  readonly project: (root: string) => ProjectFiles;
}

/**
 * The actions that change a project's files and put them back. What they are given is recorded in the saga, so
 * any process that has them can carry it on or undo it.
 */
export function projectActions({ store, project }: ProjectActionPorts): ActionRegistry {
  async function swap(call: ActionCall, direction: "change" | "restore"): Promise<unknown> {
    const { root, path, txn, before, after, images } = parseFileStep(call.data);
    const [from, to] = direction === "change" ? [before, after] : [after, before];
    const image = direction === "change" ? images.after : images.before;
    const token = txn;
    const content = (): Promise<Uint8Array> => imageOf(store, { txn, image, standing: to, path });
    return certain(path, async () => {
      const end = await swapFile(project(root), { path, token, from, to, content });
      if (end === "already") call.log(`${path}: was so already`);
      return { path, [direction === "change" ? "changed" : "restored"]: end === "changed" };
    });
  }

  return actionRegistry({
    [PROJECT_ACTIONS.changeFile]: (call: ActionCall) => swap(call, "change"),
    [PROJECT_ACTIONS.restoreFile]: (call: ActionCall) => swap(call, "restore"),
    [PROJECT_ACTIONS.makeFolder]: (call: ActionCall) => {
      const { root, path, mode } = parseFolderStep(call.data);
      return certain(path, () => makeFolder(project(root), { path, mode }, call));
    },
    [PROJECT_ACTIONS.removeFolder]: (call: ActionCall) => {
      const { root, path } = parseFolderStep(call.data);
      return certain(path, () => removeFolder(project(root), path, call));
    },
  });
}

function makeFolder(
  files: ProjectFiles,
  { path, mode }: { readonly path: string; readonly mode: number },
  { attempt }: ActionCall,
): { readonly path: string; readonly made: boolean } {
  const look = files.look(path);
  // an earlier attempt may have made it and died; nobody is harmed if it was somebody else, because a folder
  // is removed only when it is empty
  const isOurs = look === undefined || attempt > 1;
  if (look === undefined) files.makeFolder(path, mode);
  else if (look.kind !== "folder") throw somethingElse(path);
  files.flush(folderOf(path));
  return { path, made: isOurs };
}

function removeFolder(files: ProjectFiles, path: string, call: ActionCall): unknown {
  const isOurs = !(isRecord(call.result) && call.result["made"] === false);
  if (!isOurs || files.look(path)?.kind !== "folder") return { path, removed: false };
  try {
    files.removeFolder(path);
  } catch (error) {
    if (!hasCode(error, "ENOTEMPTY") && !hasCode(error, "EEXIST")) throw error;
    call.log(`${path}: kept, somebody else has put something there`);
    return { path, removed: false };
  }
  files.flush(folderOf(path));
  return { path, removed: true };
}

/** The content of a file as it was kept. */
async function imageOf(
  store: ProjectActionPorts["store"],
  wanted: {
    readonly txn: string;
    readonly image: string | undefined;
    readonly standing: Standing;
    readonly path: string;
  },
): Promise<Uint8Array> {
  const { txn, image, standing, path } = wanted;
  try {
    const bytes = await store.readArtifact(txn, image ?? "");
    if (standing.kind === "file" && digestOf(bytes) === standing.digest) return bytes;
  } catch (error) {
    if (!isTetraError(error, "NOT_FOUND") && !isTetraError(error, "INVALID_INPUT")) throw error;
  }
  throw new TetraError<PatchErrorCode>(
    "IMAGE_DAMAGED",
    `${path}: ${image ?? "its content"} in the transaction ${txn} is gone or is not what it was`,
    { hint: "put the file as it shall be by hand, then settle the step", details: { path, txn } },
  );
}

/** Only what is refused is known to have changed nothing. */
async function certain<T>(path: string, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (isTetraError(cause)) throw cause;
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new TetraError("OUTCOME_UNKNOWN", `${path}: ${problem}`, {
      hint: "mend the cause, then try again",
      cause,
    });
  }
}

function somethingElse(path: string): TetraError<PatchErrorCode> {
  return new TetraError("FILE_CHANGED", `${path}: something else is where the folder should be`, {
    hint: "look at it",
    details: { path },
  });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
