import { isTetraError } from "@tetra/errors";
import type { TransactionState, TransactionStore } from "@tetra/tts-core";
import {
  type TwoPhaseCommit,
  twoPhaseCommit,
  type TwoPhaseNotice,
  type TwoPhaseStatus,
} from "@tetra/tts-core/two-phase-commit";
import { hostname } from "node:os";
import type { App } from "../app.ts";
import { realTimer } from "../saga/timer.ts";

/** What a coordinator works with besides the program's own. */
export interface CoordinatorOptions {
  readonly store: TransactionStore;
  /** The command that was given, for the record of the lease. */
  readonly verb: string;
  readonly onEvent?: (notice: TwoPhaseNotice) => void;
}

/** Makes what settles two-phase commits. */
export function coordinator(
  app: App,
  { store, verb, onEvent }: CoordinatorOptions,
): TwoPhaseCommit {
  return twoPhaseCommit({
    store,
    clock: app.clock,
    timer: realTimer,
    random: Math.random,
    runner: `ttm ${verb} on ${hostname()}`,
    ...(onEvent === undefined ? {} : { onEvent }),
  });
}

/** How each two-phase commit among these transactions stands. */
export async function statusesOf(
  states: readonly TransactionState[],
  tpc: TwoPhaseCommit,
): Promise<readonly TwoPhaseStatus[]> {
  const found: TwoPhaseStatus[] = [];
  for (const { txn_id: id } of states) {
    const status = await statusOf(id, tpc);
    if (status !== undefined) found.push(status);
  }
  return found;
}

/** How a two-phase commit stands; nothing when it is another kind of transaction, or gone. */
export async function statusOf(
  id: string,
  tpc: TwoPhaseCommit,
): Promise<TwoPhaseStatus | undefined> {
  try {
    return await tpc.status(id);
  } catch (error) {
    if (isTetraError(error, "NOT_TWO_PHASE") || isTetraError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/** Aborted before it begins: whatever takes it makes one attempt, and waits for nobody. */
export const ONE_ATTEMPT: AbortSignal = AbortSignal.abort();
