import { makeFolders, nodeFileSystem } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import { transactionId, type Transition } from "@tetra/tts-core";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path/posix";
import { parseChanges } from "../../commands/update.ts";
import type { TtmErrorCode } from "../../errors.ts";
import type { ShellAnswer, ShellFunction } from "../shell-call.ts";
import { idAt } from "./active-id.ts";
import { data, type Further, joined, lines } from "./answer.ts";
import { argument, type Caller, type TransactionFunction } from "./caller.ts";
import { offsetMinutes } from "./local-time.ts";

/** `ttm_init` @throws TetraError `NO_DATA_ROOT` unless TETRA_DIR is set, whatever else is. */
export const init: TransactionFunction = async ({ call: { env, cwd }, places }) => {
  if (!env["TETRA_DIR"]) {
    throw new TetraError<TtmErrorCode>("NO_DATA_ROOT", "TETRA_DIR environment variable not set");
  }
  const home = dirname(places.topology);
  const folders = [
    places.transactions,
    resolve(cwd, env["TTM_CONFIG_DIR"] || join(home, "config")),
    resolve(cwd, env["TTM_LOGS_DIR"] || join(home, "logs")),
  ];
  const fs = nodeFileSystem();
  for (const folder of folders) {
    if (!existsSync(folder)) makeFolders(fs, folder, { durable: true });
  }
  return data("");
};

/** `generate_txn_id <description>` */
export const generateId: ShellFunction = async (call) => {
  const atMs = Date.now();
  const time = { atMs, offsetMinutes: offsetMinutes(call, atMs) };
  return data(`${transactionId(call.args[0] ?? "", time)}\n`);
};

/** `txn_create <description> [target] [agent]` */
export const create: TransactionFunction = (caller) =>
  caller.stores.use(caller, { mode: "write" }, async ({ manager }) => {
    const target = argument(caller, 1);
    const agent = argument(caller, 2);
    const { id, state } = await manager.create({
      description: caller.call.args[0] ?? "",
      ...(target === undefined ? {} : { target }),
      ...(agent === undefined ? {} : { agent }),
    });
    return data(`${id}\n`, { published: [["txn.created", id, state.stage]] });
  });

/** `txn_update <id> <json>` */
export const update: TransactionFunction = async (caller) => {
  const id = idAt(caller, 0);
  const changes = parseChanges(caller.call.args[1] ?? "");
  return caller.stores.use(caller, { mode: "write", id }, async ({ manager }) => {
    await manager.update(id, changes);
    return data("");
  });
};

/** `txn_transition <stage> [id]` */
export const transition: TransactionFunction = async (caller) => {
  const id = idAt(caller, 1);
  return caller.stores.use(caller, { mode: "write", id }, async ({ manager }) =>
    moved(await manager.transition(caller.call.args[0] ?? "", id)),
  );
};

/** `txn_commit [id]` */
export const commit: TransactionFunction = async (caller) => {
  const id = idAt(caller, 0);
  return caller.stores.use(caller, { mode: "write", id }, async ({ manager }) =>
    moved(await manager.commit(id), [`Transaction committed: ${id}`]),
  );
};

/** `txn_fail [id] [error]` */
export const fail: TransactionFunction = async (caller) =>
  failed(caller, { id: idAt(caller, 0), error: argument(caller, 1) });

/** Ends a transaction as a failure. */
export function failed(
  caller: Caller,
  { id, error }: { readonly id: string; readonly error: string | undefined },
): Promise<ShellAnswer> {
  return caller.stores.use(caller, { mode: "write", id }, async ({ manager }) => {
    const done = await manager.fail(error, id);
    const { last_error } = done.transaction.state;
    const stderr = joined([`Transaction failed: ${id} - ${last_error ?? ""}`]);
    return moved(done, [], { stderr });
  });
}

function moved(
  { from, transaction: { id, state } }: Transition,
  more: readonly string[] = [],
  further: Further = {},
): ShellAnswer {
  return lines([`Transaction transitioned: ${from} → ${state.stage}`, ...more], {
    ...further,
    published: [["txn.stage_changed", id, state.stage]],
  });
}
