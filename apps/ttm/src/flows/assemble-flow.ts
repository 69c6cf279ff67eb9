import { flowPaths, promptText } from "@tetra/rag-adapter";
import {
  type AssembledPrompt,
  assemblePrompt,
  expand,
  type Found,
  flowEvidence,
  keepPrompt,
  loadTokenizer,
  parseSelection,
} from "@tetra/rag-adapter/context";
import { evidenceFiles } from "./evidence-files.ts";
import type { FlowGround } from "./flow-ground.ts";

/** What is asked of a prompt. */
export interface AssembleRequest {
  /** In tokens. Default `DEFAULT_BUDGET`. */
  readonly budget?: number;
  readonly encoding?: string;
  /** What is in besides the flow's own evidence, behind it: files, parts of them, patterns. */
  readonly selections?: readonly string[];
}

/** Where the page of a flow begins to warn most. */
const DEFAULT_BUDGET = 100_000;

/** The stages that come before the prompt is assembled. */
const BEFORE: ReadonlySet<string> = new Set(["NEW", "SELECT"]);

/**
 * Assembles the prompt of a flow: keeps it with the list of what is in it, writes `build/prompt.mdctx`, and moves
 * a flow that is not as far to ASSEMBLE.
 * @throws TetraError as `assemblePrompt`, `expand` and the store do.
 */
export async function assembleFlow(
  { ports, flows, project, kept }: FlowGround,
  id: string,
  { budget = DEFAULT_BUDGET, encoding, selections = [] }: AssembleRequest,
): Promise<AssembledPrompt> {
  const { files, folder } = ports;
  const paths = flowPaths(folder, id);
  const selected = selections.map(parseSelection);
  const { state } = await ports.store.load(id);
  const tokenizer = await loadTokenizer(encoding);
  const found: readonly Found[] = [
    ...(await flowEvidence(ports, id)),
    ...(await expand(evidenceFiles({ root: project, kept }), selected)),
  ];
  const prompt = assemblePrompt(
    {
      flow: id,
      policy: await textAt(paths.policy),
      task: promptText(await textAt(paths.prompt)) || state.description,
      found,
    },
    { budget, tokenizer },
  );
  await keepPrompt(ports, id, prompt);
  await files.makeFolder(paths.build);
  await files.replace(paths.assembled, new TextEncoder().encode(prompt.text));
  if (BEFORE.has((await flows.load(id)).ragStage)) await flows.transition("ASSEMBLE", id);
  return prompt;

  async function textAt(path: string): Promise<string> {
    const bytes = await files.read(path);
    return bytes === undefined ? "" : new TextDecoder().decode(bytes);
  }
}
