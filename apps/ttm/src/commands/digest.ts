import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";

/** `ttm digest [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "write", async ({ manager }) => {
    const txn_id = await manager.resolveId(args.at(0));
    const ctx_digest = await manager.refreshDigest(txn_id);
    if (app.out.mode === "json") app.out.json({ txn_id, ctx_digest });
    else app.out.print(ctx_digest);
  });
