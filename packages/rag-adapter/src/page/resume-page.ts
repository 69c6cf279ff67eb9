import type { TransactionState } from "@tetra/tts-core";
import { visible } from "./visible.ts";

/** What to do next, by the stage that is stored. */
const HINTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["NEW", ["Next: select evidence (flow_evidence add <file>), then flow_transition SELECT"]],
  ["SELECT", ["Next: assemble the prompt, flow_assemble"]],
  ["ASSEMBLE", ["Next: submit build/prompt.mdctx, flow_transition SUBMIT"]],
  ["EXECUTE", ["Next: check build/answer.md, flow_apply, then flow_transition VALIDATE"]],
  [
    "VALIDATE",
    ["Next: look at artifacts/validate.json, then flow_transition FOLD, or flow_complete"],
  ],
  ["DONE", ["Flow is done: flow_complete records outcome and lessons"]],
]);

/** What is told when a flow is carried on. */
export function resumedPage({ txn_id, stage, last_error }: TransactionState): readonly string[] {
  const failed = [`Flow failed: ${visible(last_error || "Unknown")}`];
  const hint = stage === "FAIL" ? failed : (HINTS.get(stage) ?? []);
  return [`Resuming flow: ${visible(txn_id)}`, `Current stage: ${visible(stage)}`, "", ...hint];
}
