import type { TransactionState } from "@tetra/tts-core";
import type { RagScope } from "../folder/rag-folder.ts";
import { cut, padded, visible } from "./visible.ts";

/** A line of the list of flows. */
export interface FlowListEntry {
  /** Its place in the unfiltered list, from 1: what resuming takes. */
  readonly index: number;
  readonly state: TransactionState;
  readonly isActive: boolean;
}

/** What a list of flows shows. */
export interface FlowListing {
  readonly scope: RagScope;
  /** Whether the folder of the flows is there. */
  readonly exists: boolean;
  readonly entries: readonly FlowListEntry[];
}

const RULE = "─".repeat(56);
const TIPS: Readonly<Record<RagScope, readonly string[]>> = {
  local: [
    "Tip: flow_resume <index> carries a flow on",
    "     flow_list --global shows the flows of all projects",
  ],
  global: ["Tip: export RAG_SCOPE=global before sourcing works on these flows"],
};

/** The list of flows in the original's layout, to the column. Indices stay those of the unfiltered list. */
export function listPage({ scope, exists, entries }: FlowListing): readonly string[] {
  const title = scope === "global" ? "Global" : "Local";
  if (!exists) return [`No ${title} flows found`];
  const heading = [`${title} Flows:`, RULE];
  if (entries.length === 0) return [...heading, "  (none)", ""];
  return [...heading, ...entries.map(line), "", ...TIPS[scope]];
}

function line({ index, state, isActive }: FlowListEntry): string {
  const { txn_id, stage, description } = state;
  const id = padded(visible(txn_id), 38);
  const cells = [id, padded(visible(stage), 10), cut(visible(description), 40)];
  return `${isActive ? "→" : " "}${String(index).padStart(2)}. ${cells.join("  ")}`;
}
