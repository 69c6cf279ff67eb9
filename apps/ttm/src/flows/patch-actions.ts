import type { TransactionBlobs } from "@tetra/tts-core";
import type { Action } from "@tetra/tts-core/saga";

const NAMES = /^project\./;

/**
 * An action that changes the files of a project or puts them back, by its name in a saga. What it is made of is
 * loaded when it is called.
 */
export function patchAction(
  name: string,
  store: Pick<TransactionBlobs, "readArtifact">,
): Action | undefined {
  if (!NAMES.test(name)) return undefined;
  return async (call) => {
    const { projectActions } = await import("@tetra/rag-adapter/patch");
    const { projectFiles } = await import("./project-files.ts");
    // where Tetra keeps its own was looked at when the paths were checked
    const project = (root: string): ReturnType<typeof projectFiles> =>
      projectFiles({ root, kept: [] });
    const action = projectActions({ store, project }).find(name);
    if (action === undefined) throw new Error(`no action ${name}`);
    return action(call);
  };
}
