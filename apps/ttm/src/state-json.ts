import type { Transaction, TransactionState } from "@tetra/tts-core";

/** What commands that change one transaction print with `--json`: its state, as `ttm state` has it. */
export function stateJson({ state, revision }: Transaction): TransactionState {
  return { ...state, revision };
}
