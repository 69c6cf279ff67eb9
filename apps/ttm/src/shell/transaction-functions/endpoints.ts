import { isTetraError } from "@tetra/errors";
import { connectorOf } from "../../targets.ts";
import { idAt } from "./active-id.ts";
import { data, lines, refused } from "./answer.ts";
import type { TransactionFunction } from "./caller.ts";

/** `txn_resolve_tes [id]` */
export const resolveTarget: TransactionFunction = async (caller) => {
  const id = idAt(caller, 0);
  return caller.stores.use(caller, { mode: "write", id }, async ({ manager }) => {
    try {
      const { target, plan } = await manager.resolveTarget(id);
      return lines([`TES resolved: ${target} → ${plan}`], {
        published: [["txn.tes_resolved", id, target]],
      });
    } catch (error) {
      if (!isTetraError(error, "NO_TARGET")) throw error;
      return refused("Error: No target defined in transaction");
    }
  });
};

/** `txn_get_connector <target>` */
export const connector: TransactionFunction = async ({ call, places }) => {
  const entry = connectorOf(call.args[0] ?? "", places.topology);
  return data(entry === undefined ? "" : `${JSON.stringify(entry, undefined, 2)}\n`);
};
