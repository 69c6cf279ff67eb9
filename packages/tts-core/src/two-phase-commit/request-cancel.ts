import { isTetraError, TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "../errors.ts";
import type { Clock, TransactionStore } from "../ports.ts";
import { newEvent } from "../transaction/event.ts";
import type { TwoPhaseErrorCode } from "./errors.ts";
import { foldTwoPhase, isTwoPhase, type TwoPhaseState } from "./two-phase-state.ts";

/** Somebody else made progress each time one lost a race; a store that is broken would go on for ever. */
const MOST_ATTEMPTS = 100;

/**
 * Asks whoever carries a transaction to abort it; it counts as long as nothing is decided. Without a
 * coordinator that lives, the next one that recovers aborts it in any case.
 * @throws TetraError `NOT_TWO_PHASE`, `NOT_FOUND`, `IO`; `INVALID_STAGE` when it is decided.
 */
export async function requestCancel(
  { store, clock }: { readonly store: TransactionStore; readonly clock: Clock },
  id: string,
  word: { readonly by: string; readonly why: string },
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const state = foldTwoPhase(id, await store.read(id));
    refuse(id, state);
    const { by, why } = word;
    const asked = newEvent("cancel_requested", clock.now(), { by, why });
    try {
      await store.append(id, state.transaction.revision, [asked]);
      return;
    } catch (error) {
      if (!isTetraError(error, "CONFLICT") || attempt >= MOST_ATTEMPTS) throw error;
    }
  }
}

function refuse(id: string, state: TwoPhaseState): void {
  if (!isTwoPhase(state)) {
    throw new TetraError<TwoPhaseErrorCode>("NOT_TWO_PHASE", `${id}: is no two-phase commit`, {
      hint: "cancel a saga with the saga engine",
      details: { id },
    });
  }
  const { stage } = state.transaction.state;
  if (state.decision === undefined && stage === "EXECUTE") return;
  const outcome = state.decision?.outcome ?? stage;
  throw new TetraError<TtsErrorCode>("INVALID_STAGE", `${id}: it is decided: ${outcome}`, {
    hint: "a decision stands; begin another transaction that sets it right",
    details: { id, stage },
  });
}
