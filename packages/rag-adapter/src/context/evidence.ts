/** A piece of text for a prompt. */
export interface Evidence {
  /** Where it comes from, as people name it. */
  readonly path: string;
  /** `full`, `lines=a:b` or `bytes=a:b`. */
  readonly span: string;
  readonly tags: readonly string[];
  readonly text: string;
}

/** Why something that was selected is no text for a prompt. */
export type Unusable = "binary" | "unreadable" | "missing" | "too large" | "outside" | "no match";

/** Something that was selected and cannot be shown. */
export interface UnusableEvidence {
  readonly path: string;
  readonly span: string;
  readonly reason: Unusable;
  /** In words, where there is more to say. */
  readonly detail?: string;
}

/** Something that was selected, in its order. */
export type Found =
  | { readonly type: "evidence"; readonly evidence: Evidence }
  | { readonly type: "unusable"; readonly unusable: UnusableEvidence };

/** Text as it is, or `undefined` for what is none: with a NUL, or not UTF-8. */
export function textOf(bytes: Uint8Array, isCut = false): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    // a range of bytes may cut characters in two at its ends
    return new TextDecoder("utf-8", { fatal: !isCut, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
