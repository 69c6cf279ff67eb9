import type { TransactionState } from "@tetra/tts-core";

/** Whether a transaction is a two-phase commit, as its state tells it; the log of one says more. */
export function isTwoPhase(state: TransactionState): boolean {
  return state["protocol"] === "two-phase-commit";
}
