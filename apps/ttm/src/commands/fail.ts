import type { TransactionStore } from "@tetra/tts-core";
import { isTransactionId } from "@tetra/tts-core";
import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";
import { stateJson } from "../state-json.ts";

/** `ttm fail [id] [error]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "write", async ({ store, manager }) => {
    const { id, error } = await meaning(args.at(0), args.at(1), store);
    const { from, transaction } = await manager.fail(error, id);
    if (app.out.mode === "json") {
      app.out.json(stateJson(transaction));
      return;
    }
    app.out.print(`Transaction transitioned: ${from} → ${transaction.state.stage}`);
    app.err.print(`Transaction failed: ${transaction.id} - ${transaction.state.last_error ?? ""}`);
  });

/** Which transaction failed, and why. */
export interface Meaning {
  readonly id?: string | undefined;
  readonly error?: string | undefined;
}

/** TTS section 13: one argument is the id when a transaction has exactly that, else the message. */
export async function meaning(
  first: string | undefined,
  second: string | undefined,
  store: Pick<TransactionStore, "find">,
): Promise<Meaning> {
  if (first === undefined || second !== undefined) return { id: first, error: second };
  const isId = isTransactionId(first) && (await store.find(first)).includes(first);
  return isId ? { id: first } : { error: first };
}
