import { TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "@tetra/tts-core";
import type { NamedEvidence } from "./evidence-name.ts";

/** Which evidence is meant. */
export type EvidenceChoice =
  | { readonly type: "ranks"; readonly from: number; readonly to: number }
  | { readonly type: "pattern"; readonly pattern: string };

/**
 * Reads which evidence is meant: a rank (`110`), a range of ranks (`100-130`), or a pattern of names, with `*`
 * and `?`; without one of those, names that hold it.
 * @throws TetraError `INVALID_INPUT` when it is empty, or the range the wrong way round.
 */
export function parseChoice(text: string): EvidenceChoice {
  const [, from, to = from] = /^([0-9]{1,15})(?:-([0-9]{1,15}))?$/.exec(text) ?? [];
  if (from !== undefined && Number(from) <= Number(to)) {
    return { type: "ranks", from: Number(from), to: Number(to) };
  }
  if (text !== "" && from === undefined) return { type: "pattern", pattern: text };
  throw new TetraError<TtsErrorCode>(
    "INVALID_INPUT",
    `${JSON.stringify(text)} chooses no evidence`,
    { hint: `give a rank (110), a range (100-130) or part of a name ("*auth*")` },
  );
}

/** The evidence that is meant, in its order. */
export function chosen(
  evidence: readonly NamedEvidence[],
  choice: EvidenceChoice,
): readonly NamedEvidence[] {
  if (choice.type === "ranks") {
    return evidence.filter(({ rank }) => rank >= choice.from && rank <= choice.to);
  }
  const { pattern } = choice;
  const matches = /[*?]/.test(pattern)
    ? (name: string): boolean => globMatches(pattern, name)
    : (name: string): boolean => name.includes(pattern);
  return evidence.filter(({ name, kind }) => matches(name) || matches(kind));
}

/** `*` is any text, `?` any character. Takes no more steps than pattern times text. */
function globMatches(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let p = 0;
  while (at < text.length) {
    if (pattern[p] === "*") {
      star = p;
      resume = at;
      p += 1;
    } else if (pattern[p] === "?" || pattern[p] === text[at]) {
      p += 1;
      at += 1;
    } else if (star !== -1) {
      p = star + 1;
      resume += 1;
      at = resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p += 1;
  return p === pattern.length;
}
