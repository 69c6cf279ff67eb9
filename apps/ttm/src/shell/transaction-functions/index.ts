import type { ShellAnswer, ShellCall, ShellFunction, ShellFunctions } from "../shell-call.ts";
import { data, refusal } from "./answer.ts";
import { type Caller, callerPlaces, type ShellMemory, type TransactionFunction } from "./caller.ts";
import { command } from "./command.ts";
import { addContext, digest, initEvidence, listContext } from "./context.ts";
import { connector, resolveTarget } from "./endpoints.ts";
import { type KeptStores, keptStores } from "./kept-stores.ts";
import { commit, create, fail, generateId, init, transition, update } from "./lifecycle.ts";
import { active, events, folder, list, state, status } from "./queries.ts";
import { beginFunction, beginValidation, endFunction } from "./run-function.ts";
import { USAGE } from "./usage.ts";

const FUNCTIONS: Readonly<Record<string, TransactionFunction>> = {
  ttm_init: init,
  txn_create: create,
  txn_active: active,
  txn_dir: folder,
  txn_state: state,
  txn_update: update,
  txn_transition: transition,
  txn_commit: commit,
  txn_fail: fail,
  txn_add_ctx: addContext,
  txn_list_ctx: listContext,
  init_evidence_vars: initEvidence,
  txn_ctx_digest: digest,
  txn_list: list,
  txn_status: status,
  txn_events: events,
  txn_resolve_tes: resolveTarget,
  txn_get_connector: connector,
  txn_execute: beginFunction,
  _txn_executed: endFunction,
  txn_validate: beginValidation,
};

/** One process serves one shell, and everything it asks for goes through these. */
export const stores: KeptStores = keptStores();
/** The original cleared e1 to e9 whatever had been set. */
export const memory: ShellMemory = { mostEvidence: 9 };

function answering(run: (call: ShellCall) => Promise<ShellAnswer>): ShellFunction {
  return async (call) => {
    try {
      return await run(call);
    } catch (error) {
      return refusal(error);
    }
  };
}

function callerOf(call: ShellCall): Caller {
  return { call, places: callerPlaces(call), stores, memory };
}

/** The functions of the standard (TTS sections 7 and 8), for shells. */
export const transactionFunctions: ShellFunctions = {
  ...Object.fromEntries(
    Object.entries(FUNCTIONS).map(([name, run]) => [
      name,
      answering((call) => run(callerOf(call))),
    ]),
  ),
  // these two work without any place
  generate_txn_id: answering(generateId),
  ttm: answering(async (call) =>
    (call.args[0] ?? "") === "" ? data(USAGE) : command(callerOf(call)),
  ),
};

/** Finishes what is under way and gives back what is open. The functions can be called again after it. */
export function closeTransactionStores(): Promise<void> {
  return stores.close();
}
