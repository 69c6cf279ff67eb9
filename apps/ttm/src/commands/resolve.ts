import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";

/** `ttm resolve [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "write", async ({ manager }) => {
    const txn_id = await manager.resolveId(args.at(0));
    const { target, plan } = await manager.resolveTarget(txn_id);
    if (app.out.mode === "json") app.out.json({ txn_id, target, tes_plan: plan });
    else app.out.print(`TES resolved: ${target} → ${plan}`);
  });
