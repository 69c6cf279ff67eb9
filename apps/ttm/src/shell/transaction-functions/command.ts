import { meaning } from "../../commands/fail.ts";
import { idOf } from "./active-id.ts";
import { data, refused } from "./answer.ts";
import type { TransactionFunction } from "./caller.ts";
import { addContext, initEvidence, listContext } from "./context.ts";
import { resolveTarget } from "./endpoints.ts";
import { commit, create, failed, init, transition } from "./lifecycle.ts";
import { active, events, list, state, status } from "./queries.ts";
import { USAGE } from "./usage.ts";

/** `ttm fail [id] "<error>"`: one argument is the id if a transaction has exactly that (TTS section 13). */
const fail: TransactionFunction = async (caller) => {
  const [first, second] = caller.call.args.map((text) => text || undefined);
  const { id, error } = await caller.stores.use(caller, { mode: "read" }, ({ store }) =>
    meaning(first, second, store),
  );
  return failed(caller, { id: idOf(caller, id), error });
};

const help: TransactionFunction = async () => data(USAGE);

const COMMANDS: ReadonlyMap<string, TransactionFunction> = new Map([
  ["create", create],
  ["transition", transition],
  ["commit", commit],
  ["fail", fail],
  ["add", addContext],
  ["list-ctx", listContext],
  ["init-vars", initEvidence],
  ["active", active],
  ["status", status],
  ["list", list],
  ["state", state],
  ["events", events],
  ["resolve", resolveTarget],
  ["help", help],
  ["h", help],
]);

/** `ttm <command> …` as the sourced function has it; without a command it is answered before this. */
export const command: TransactionFunction = async (caller) => {
  await init(caller);
  const [name = "", ...args] = caller.call.args;
  const run = COMMANDS.get(name);
  if (run === undefined) {
    const hint = "Run 'ttm help' for usage; the program has more commands: command ttm help";
    return refused(`Unknown command: ${name}`, hint);
  }
  return run({ ...caller, call: { ...caller.call, args } });
};
