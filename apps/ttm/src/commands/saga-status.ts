import { usageError } from "@tetra/cli-kit";
import { isTetraError } from "@tetra/errors";
import type { TtmRun } from "../app.ts";
import { originalInstant, withOriginals } from "../saga/original-sagas.ts";

/** `ttm saga status --tx-id ID`, as the original's `status` */
export const run: TtmRun = async (args, app) => {
  const id = args.value("tx-id");
  if (id === undefined)
    throw usageError("Missing option '--tx-id'.", "usage: ttm saga status --tx-id ID");
  const record = await withOriginals(app, async (manager) => {
    try {
      return await manager.getTransaction(id);
    } catch (error) {
      if (isTetraError(error, "INVALID_ID")) return undefined;
      throw error;
    }
  });
  if (record === undefined) {
    app.err.print(`Error: Transaction not found: ${id}`);
    return 1;
  }
  const { transaction_id, state, steps, created_at, timeout_seconds } = record;
  app.out.json({
    transaction_id,
    state,
    steps: steps.length,
    created_at: originalInstant(created_at),
    timeout_seconds,
  });
  return 0;
};
