export {
  assemblePrompt,
  type AssembledPrompt,
  type LeftOut,
  type PromptInput,
  type PromptPart,
} from "./assemble.ts";
export type { ContextErrorCode } from "./errors.ts";
export type { EvidenceTree, TreeEntry } from "./evidence-tree.ts";
export type { Evidence, Found, Unusable, UnusableEvidence } from "./evidence.ts";
export { expand, type ExpandLimits } from "./expand.ts";
export { flowEvidence } from "./flow-evidence.ts";
export type { ShownEvidence } from "./prompt-block.ts";
export {
  keepPrompt,
  type KeptPrompt,
  keptPrompt,
  type PromptRecord,
  promptsOf,
} from "./prompt-record.ts";
export { formatPrompt, parsePrompt, type Prompt } from "./prompt-text.ts";
export { parseSelection, type Selection } from "./selection.ts";
export { type Encoding, ENCODINGS, loadTokenizer, type Tokenizer } from "./tokenizer.ts";
