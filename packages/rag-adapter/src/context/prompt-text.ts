import { TetraError } from "@tetra/errors";
import type { ContextErrorCode } from "./errors.ts";
import {
  EVIDENCE_NOTE,
  formatEvidenceBlock,
  formatHead,
  formatInstructions,
  readBlock,
  type ShownEvidence,
} from "./prompt-block.ts";

/** What an assembled prompt consists of. */
export interface Prompt {
  /** The flow that it was assembled for. */
  readonly flow: string;
  readonly policy: string;
  readonly task: string;
  readonly evidence: readonly ShownEvidence[];
}

/** The text of a prompt. Whatever its parts hold, `parsePrompt` gives the same parts again. */
export function formatPrompt({ flow, policy, task, evidence }: Prompt): string {
  const blocks = evidence.map(formatEvidenceBlock);
  return formatFixed({ flow, policy, task }, evidence.length > 0) + blocks.join("");
}

/** What a prompt holds besides its evidence. */
export function formatFixed(
  { flow, policy, task }: Omit<Prompt, "evidence">,
  hasEvidence: boolean,
): string {
  const instructions = formatInstructions("policy", policy) + formatInstructions("task", task);
  return `${formatHead(flow)}${instructions}${hasEvidence ? EVIDENCE_NOTE : ""}`;
}

/**
 * Reads a prompt that `formatPrompt` wrote.
 * @throws TetraError `INVALID_INPUT` for any other text.
 */
export function parsePrompt(text: string): Prompt {
  const prompt = { flow: "", policy: "", task: "" };
  const evidence: ShownEvidence[] = [];
  let at = 0;
  while (at < text.length) {
    const block = blockAt(text, at);
    if (block.type === "prompt") prompt.flow = block.flow;
    else if (block.type === "evidence") evidence.push(block.evidence);
    else if (block.type !== "material") prompt[block.type] = block.text;
    at = block.next;
  }
  return { ...prompt, evidence };
}

function blockAt(text: string, at: number): NonNullable<ReturnType<typeof readBlock>> {
  try {
    const block = readBlock(text, at);
    if (block !== undefined && block.next > at) return block;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new TetraError<ContextErrorCode>(
    "INVALID_INPUT",
    `character ${at} begins no block of a prompt`,
    {
      hint: "give a prompt as it was assembled",
    },
  );
}
