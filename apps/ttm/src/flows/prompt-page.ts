import type { AssembledPrompt, PromptRecord } from "@tetra/rag-adapter/context";

/** What an assembled prompt consists of, and what was left out of it and why: lines for people. */
export function promptPage({
  tokens,
  budget,
  encoding,
  digest,
  parts,
  leftOut,
}: PromptRecord | AssembledPrompt): readonly string[] {
  const width = Math.max(...parts.map((part) => String(part.tokens).length));
  const inside = parts.map((part) => {
    const facts = [part.path, ...(part.span === "full" ? [] : [part.span])];
    const cut = part.cut === undefined ? "" : ` (cut at line ${part.cut.line} of ${part.cut.of})`;
    return `  ${String(part.tokens).padStart(width)}  ${facts.join("  ")}${cut}`;
  });
  const outside = leftOut.map(({ path, span, reason, detail, tokens: size }) => {
    const facts = [path, ...(span === "full" ? [] : [span])];
    const more = [detail, size === undefined ? undefined : `${size} tokens`];
    const told = more.filter((one) => one !== undefined).join(", ");
    return `  ${facts.join("  ")}: ${reason}${told === "" ? "" : ` (${told})`}`;
  });
  return [
    `Prompt: ${tokens} of ${budget} tokens (${encoding})`,
    `Digest: ${digest}`,
    ...inside,
    ...(outside.length === 0 ? [] : ["Left out:", ...outside]),
  ];
}
