import { TetraError } from "@tetra/errors";
import { policyFile, type TransactionState, type TtsErrorCode } from "@tetra/tts-core";
import type { FlowFiles } from "../flow-files.ts";
import type { FlowPorts } from "../flow-ports.ts";
import { type FlowPaths, flowPaths } from "../folder/flow-paths.ts";
import { flowPolicy, flowPrompt } from "./flow-texts.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Makes a flow's folder of evidence, and refuses where links in its place would lead writes elsewhere.
 * @throws TetraError `INVALID_INPUT`
 */
export async function makeEvidenceFolder(
  files: FlowFiles,
  { context, evidence }: FlowPaths,
): Promise<void> {
  for (const path of [context, evidence]) {
    const stat = await files.stat(path);
    if (stat === undefined || stat.kind === "folder") continue;
    throw new TetraError<TtsErrorCode>("INVALID_INPUT", `${path}: a ${stat.kind}, not a folder`, {
      hint: "move it away",
      details: { path },
    });
  }
  await files.makeFolder(evidence);
}

/**
 * Makes what a flow has besides its transaction: policy, prompt, and the folder of evidence files. What is
 * there stays; so whoever finds a flow whose maker died in between makes the rest.
 */
export async function makeFlowParts(
  { files, folder }: Pick<FlowPorts, "files" | "folder">,
  { txn_id, description }: TransactionState,
): Promise<void> {
  const paths = flowPaths(folder, txn_id);
  await makeEvidenceFolder(files, paths);
  await files.exclusively(paths.lock, async () => {
    await files.sweep(paths.context);
    const policy = await files.read(paths.policy);
    if (policy === undefined || isStandard(decoder.decode(policy))) {
      await files.replace(paths.policy, encoder.encode(flowPolicy()));
    }
    if ((await files.stat(paths.prompt)) === undefined) {
      await files.replace(paths.prompt, encoder.encode(flowPrompt(txn_id, description)));
    }
  });
}

/** The standard's own policy, or what a power cut left of it: the store need not flush it. */
function isStandard(policy: string): boolean {
  return policyFile().startsWith(policy) || policy.includes("\0");
}
