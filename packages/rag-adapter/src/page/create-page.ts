import { visible } from "./visible.ts";

/** What is told about a flow that was just made; its evidence and its id come behind that. */
export function createdPage(created: {
  readonly id: string;
  readonly description: string;
  /** Where it is, for people. */
  readonly folder: string;
}): readonly string[] {
  return [
    `Flow created: ${visible(created.id)}`,
    `Prompt: ${visible(created.description)}`,
    `Directory: ${created.folder}`,
    "",
    "1. Select evidence: flow_evidence add <file>[::start,end][#tag]",
    "2. Assemble the prompt: flow_assemble",
    "3. Submit it, then apply the answer: flow_transition SUBMIT, flow_apply",
    "4. Go round again, or finish: flow_transition FOLD, flow_complete",
  ];
}
