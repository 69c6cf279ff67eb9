import { checkTransactionId } from "@tetra/tts-core";

/** Where the parts of a flow are that RAG has besides the transaction's own. */
export interface FlowPaths {
  readonly folder: string;
  /** Held while any of these files is written. */
  readonly lock: string;
  readonly context: string;
  readonly policy: string;
  readonly prompt: string;
  /** Evidence files, see `EvidenceFile`. */
  readonly evidence: string;
  readonly build: string;
  /** The assembled prompt. */
  readonly assembled: string;
  readonly answer: string;
}

/**
 * The parts of the flow `id` in the folder `flows`.
 * @throws TetraError `INVALID_ID`
 */
export function flowPaths(flows: string, id: string): FlowPaths {
  const folder = `${flows}/${checkTransactionId(id)}`;
  return {
    folder,
    lock: `${folder}/locks/flow`,
    context: `${folder}/ctx`,
    policy: `${folder}/ctx/000_policy.md`,
    prompt: `${folder}/ctx/010_prompt.user.md`,
    evidence: `${folder}/ctx/evidence`,
    build: `${folder}/build`,
    assembled: `${folder}/build/prompt.mdctx`,
    answer: `${folder}/build/answer.md`,
  };
}
