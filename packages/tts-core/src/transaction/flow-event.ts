/**
 * What the events of RAG flows tell. They change nothing in the fold: the move that a `rag_stage` names is
 * the `stage_transition` behind it, and evidence files are not entries of `ctx/`.
 */
export type FlowEvents = {
  /** The name that RAG has for the stage that is about to be entered, and the one that is stored. */
  rag_stage: { rag_stage: string; ttm_stage: string };
  /** Something worth coming back to; `metadata` is whatever the caller knows. */
  checkpoint: { stage: string; metadata: Readonly<Record<string, unknown>> };
  /** The flow ends; `effort` is minutes. */
  flow_complete: { outcome: string; effort: number };
  /** A file of this machine became evidence by a link. `file` is its name in `ctx/evidence/`. */
  evidence_linked: { file: string; source: string };
  /** Which evidence counts was changed, and how many pieces of it do now. */
  evidence_selected:
    | { query: string; count: number }
    | { method: string; files: readonly string[]; count: number };
  /** A prompt was put together and kept as the artifact `file`. `digest` is `sha256:` and lower-case hex. */
  prompt_assembled: { digest: string; tokens: number; encoding: string; file: string };
  /** The changes of an answer are made by another transaction. `digest` is the answer's. */
  answer_applied: { txn: string; digest: string };
};

/**
 * A piece of a file was copied to `ctx/evidence/`. RAG's event has the name of the standard's, and other
 * keys: `span` is `full`, `lines=a:b` or `bytes=a:b`.
 */
export type FlowEvidence = {
  file: string;
  span: string;
  tags: readonly string[];
  source: string;
  cid: string;
};
