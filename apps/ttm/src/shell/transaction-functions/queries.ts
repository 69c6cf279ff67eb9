import { isTetraError } from "@tetra/errors";
import { formatState, isTransactionId, parseState, sameJson } from "@tetra/tts-core";
import { existsSync, readFileSync } from "node:fs";
import { plainList } from "../../commands/list.ts";
import { plainStatus } from "../../commands/status.ts";
import { activeId, idAt } from "./active-id.ts";
import { data, lines, refused } from "./answer.ts";
import { argument, type TransactionFunction } from "./caller.ts";

/** `txn_active` */
export const active: TransactionFunction = async (caller) => {
  const id = activeId(caller);
  return data(id === undefined ? "" : `${id}\n`);
};

/** `txn_dir [id]`: whether it is there is not asked. */
export const folder: TransactionFunction = async (caller) =>
  data(`${caller.places.spelled}/${idAt(caller, 0)}\n`);

/** `txn_state [id]`: as it is stored, if that is the truth; as it would be, if not. */
export const state: TransactionFunction = async (caller) => {
  const id = idAt(caller, 0);
  return found(() =>
    caller.stores.use(caller, { mode: "read", id }, async ({ store }) => {
      const transaction = await store.load(id);
      const text = readIfThere(store.paths(id).state);
      const stored = text === undefined ? undefined : parseState(text, id)?.state;
      const isTrue = text !== undefined && sameJson(stored, transaction.state);
      return data(isTrue ? text : formatState(transaction.state, transaction.revision));
    }),
  );
};

/** `txn_list [stage]` */
export const list: TransactionFunction = async (caller) => {
  const { transactions } = caller.places;
  if (!existsSync(transactions)) return lines(["No transactions found"]);
  const stage = argument(caller, 0);
  return caller.stores.use(caller, { mode: "read" }, async ({ manager }) => {
    const states = await manager.list(stage === undefined ? {} : { stage });
    return lines(plainList({ states, active: activeId(caller) }));
  });
};

/** `txn_status [id]` */
export const status: TransactionFunction = async (caller) => {
  const id = idAt(caller, 0);
  return found(() =>
    caller.stores.use(caller, { mode: "read", id }, async ({ manager }) =>
      lines(plainStatus(await manager.status(id))),
    ),
  );
};

/** `txn_events [id] [event]` */
export const events: TransactionFunction = async (caller) => {
  const id = idAt(caller, 0);
  const name = argument(caller, 1);
  return caller.stores.use(caller, { mode: "read", id }, async ({ store, manager }) => {
    if (!isTransactionId(id) || !existsSync(store.paths(id).log)) {
      return lines(["No events found"]);
    }
    const told = await manager.events(id, name);
    const isMiss = name !== undefined && told.length === 0;
    return data(told.map(({ text }) => `${text}\n`).join(""), { status: isMiss ? 1 : 0 });
  });
};

/** What the original said of a transaction that is not there. */
async function found<T>(run: () => Promise<T>): Promise<T | ReturnType<typeof refused>> {
  try {
    return await run();
  } catch (error) {
    const isMissing = isTetraError(error, "NOT_FOUND") || isTetraError(error, "INVALID_ID");
    if (isMissing) return refused("Error: state.json not found");
    throw error;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // nothing that could be read is stored: the log tells
  }
}
