import type { TransactionState } from "@tetra/tts-core";

/** What RAG keeps in a flow's state, besides the transaction's own fields. */
export interface FlowFields {
  /** How it ended: `success`, `partial`, `abandoned`, `failed`, or any other word; `null` until then. */
  readonly outcome: string | null;
  /** Files that came of it. */
  readonly artifacts: readonly string[];
  readonly lessons: readonly string[];
  readonly tags: readonly string[];
  /** Minutes of work. */
  readonly effort_minutes: number;
  readonly token_usage: number;
  /** What kind of flow it is; `inquiry` unless somebody says otherwise. */
  readonly flow_type: string;
  /** Who was asked, once something was submitted. */
  readonly qa_id?: string;
}

/** What a new flow begins with, in the order in which `state.json` has it. */
export const NEW_FLOW: FlowFields = {
  outcome: null,
  artifacts: [],
  lessons: [],
  tags: [],
  effort_minutes: 0,
  token_usage: 0,
  flow_type: "inquiry",
};

/** RAG's fields of a state that any tool may have written: what does not fit is as in a new flow. */
export function flowFields(state: TransactionState): FlowFields {
  const { outcome, flow_type, qa_id } = state;
  return {
    outcome: typeof outcome === "string" ? outcome : null,
    artifacts: texts(state["artifacts"]),
    lessons: texts(state["lessons"]),
    tags: texts(state["tags"]),
    effort_minutes: amount(state["effort_minutes"]),
    token_usage: amount(state["token_usage"]),
    flow_type: typeof flow_type === "string" ? flow_type : NEW_FLOW.flow_type,
    ...(typeof qa_id === "string" && qa_id !== "" ? { qa_id } : {}),
  };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function amount(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}
