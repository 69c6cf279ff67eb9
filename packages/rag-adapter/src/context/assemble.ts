import { TetraError } from "@tetra/errors";
import { contentId } from "../evidence/evidence-file.ts";
import type { ContextErrorCode } from "./errors.ts";
import type { Evidence, Found, Unusable } from "./evidence.ts";
import { formatEvidenceBlock, type ShownEvidence } from "./prompt-block.ts";
import { formatFixed, formatPrompt, type Prompt } from "./prompt-text.ts";
import type { Tokenizer } from "./tokenizer.ts";

// A1. A prompt is never over its budget.
// A2. Evidence comes in its order. What still fits when it is its turn is in; what does not is cut at the last line
//     that fits, and what not even a line fits of is left out. What comes behind it still has its turn.
// A3. The same text is in once; digests decide.
// A4. Whatever was selected is either in, or named with the reason why it is not.
// A5. The same input gives the same prompt, byte for byte.

/** What a prompt is assembled from. */
export interface PromptInput {
  readonly flow: string;
  readonly policy: string;
  readonly task: string;
  /** In order. */
  readonly found: readonly Found[];
}

/** A part of a prompt, as it is recorded. */
export interface PromptPart {
  readonly kind: "instructions" | "evidence";
  /** Where it comes from; `instructions` are policy and task. */
  readonly path: string;
  readonly span: string;
  /** `sha256:` and the digest of the text that is in, lower hex. */
  readonly digest: string;
  readonly tokens: number;
  readonly tags?: readonly string[];
  /** Evidence that is not in whole: the last line that is, and how many there were. */
  readonly cut?: { readonly line: number; readonly of: number };
}

/** Something that was selected and is not in the prompt. */
export interface LeftOut {
  readonly path: string;
  readonly span: string;
  readonly reason: Unusable | "duplicate" | "over budget";
  readonly detail?: string;
  /** How many tokens it would have been, where that is known. */
  readonly tokens?: number;
}

/** A prompt, and how it came to be. */
export interface AssembledPrompt {
  readonly text: string;
  /** `sha256:` and the digest of the text, lower hex. */
  readonly digest: string;
  readonly encoding: string;
  readonly budget: number;
  readonly tokens: number;
  /** In the order of the text. */
  readonly parts: readonly PromptPart[];
  readonly leftOut: readonly LeftOut[];
}

const encoder = new TextEncoder();

/**
 * Puts a prompt together within a budget of tokens.
 * @throws TetraError `OVER_BUDGET` when policy and task alone are more; `INVALID_INPUT` when the budget is none.
 */
export function assemblePrompt(
  input: PromptInput,
  { budget, tokenizer }: { readonly budget: number; readonly tokenizer: Tokenizer },
): AssembledPrompt {
  if (!Number.isSafeInteger(budget) || budget < 1) {
    throw new TetraError<ContextErrorCode>("INVALID_INPUT", `${budget} is no budget`, {
      hint: "give a whole number of tokens, such as 20000",
    });
  }
  for (let allowed = budget; ;) {
    const chosen = choose(input, allowed, tokenizer);
    if (chosen === undefined) throw overBudget(input, budget, tokenizer);
    const text = formatPrompt({ ...input, evidence: chosen.shown });
    const tokens = tokenizer.count(text);
    // A1: where an encoding counts the whole for more than its parts, the parts have to make do with less
    if (tokens > budget) {
      allowed -= tokens - budget;
      continue;
    }
    return {
      text,
      digest: contentId(encoder.encode(text)),
      encoding: tokenizer.encoding,
      budget,
      tokens,
      parts: [chosen.fixed, ...chosen.parts],
      leftOut: chosen.leftOut,
    };
  }
}

interface Chosen {
  readonly fixed: PromptPart;
  readonly shown: ShownEvidence[];
  readonly parts: PromptPart[];
  readonly leftOut: LeftOut[];
}

function choose(input: PromptInput, budget: number, { count }: Tokenizer): Chosen | undefined {
  const text = formatFixed(input, input.found.length > 0);
  const fixed: PromptPart = {
    kind: "instructions",
    path: "policy and task",
    span: "full",
    digest: contentId(encoder.encode(text)),
    tokens: count(text),
  };
  let left = budget - fixed.tokens;
  if (left < 0) return undefined;
  const chosen: Chosen = { fixed, shown: [], parts: [], leftOut: [] };
  const seen = new Map<string, string>();
  for (const found of input.found) {
    if (found.type === "unusable") {
      chosen.leftOut.push(found.unusable);
      continue;
    }
    const { evidence } = found;
    const { path, span } = evidence;
    const digest = contentId(encoder.encode(evidence.text));
    const first = seen.get(digest);
    if (first !== undefined) {
      chosen.leftOut.push({ path, span, reason: "duplicate", detail: `the same as ${first}` }); // A3
      continue;
    }
    seen.set(digest, path);
    const wholeTokens = count(formatEvidenceBlock(evidence));
    const fits =
      wholeTokens <= left ? { shown: evidence, tokens: wholeTokens } : cutTo(left, evidence, count);
    if (fits === undefined) {
      chosen.leftOut.push({ path, span, reason: "over budget", tokens: wholeTokens });
      continue;
    }
    left -= fits.tokens;
    chosen.shown.push(fits.shown);
    chosen.parts.push(partOf(fits.shown, fits.tokens));
  }
  return chosen;
}

/** As many whole lines as fit; `undefined` when none does. A2 */
function cutTo(
  budget: number,
  evidence: Evidence,
  count: (text: string) => number,
): { readonly shown: ShownEvidence; readonly tokens: number } | undefined {
  const lines = evidence.text.split(/(?<=\n)/);
  const upTo = (line: number): { shown: ShownEvidence; tokens: number } => {
    const text = lines.slice(0, line).join("");
    const shown = {
      ...evidence,
      text,
      span: cutSpan(evidence.span, line, text),
      cut: { line, of: lines.length },
    };
    return { shown, tokens: count(formatEvidenceBlock(shown)) };
  };
  // most that is left over when the budget is used up is told by one look
  if (lines.length < 2 || upTo(1).tokens > budget) return undefined;
  let [fits, over] = [1, lines.length];
  while (over - fits > 1) {
    const middle = (fits + over) >> 1;
    if (upTo(middle).tokens <= budget) fits = middle;
    else over = middle;
  }
  // a line more can be a token less, where an encoding has a token for several line ends
  while (fits + 1 < lines.length && upTo(fits + 1).tokens <= budget) fits += 1;
  return upTo(fits);
}

function cutSpan(span: string, line: number, text: string): string {
  const [, unit, start] = /^(lines|bytes)=([0-9]+):/.exec(span) ?? [];
  const first = Number(start ?? 1);
  if (unit === "bytes") return `bytes=${first}:${first + encoder.encode(text).length - 1}`;
  return `lines=${first}:${first + line - 1}`;
}

function partOf({ path, span, tags, text, cut }: ShownEvidence, tokens: number): PromptPart {
  return {
    kind: "evidence",
    path,
    span,
    digest: contentId(encoder.encode(text)),
    tokens,
    ...(tags.length === 0 ? {} : { tags }),
    ...(cut === undefined ? {} : { cut }),
  };
}

function overBudget(
  input: Omit<Prompt, "evidence">,
  budget: number,
  { count }: Tokenizer,
): TetraError<ContextErrorCode> {
  const needed = count(formatFixed(input, true));
  return new TetraError(
    "OVER_BUDGET",
    `policy and task alone are ${needed} tokens, the budget is ${budget}`,
    { hint: `give a budget of more than ${needed}`, details: { needed, budget } },
  );
}
