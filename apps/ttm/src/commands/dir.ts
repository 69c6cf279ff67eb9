import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";

/** `ttm dir [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "read", async ({ store, manager }) => {
    const txn_id = await manager.resolveId(args.at(0));
    const { folder } = store.paths(txn_id);
    if (app.out.mode === "json") app.out.json({ txn_id, folder });
    else app.out.data(`${folder}\n`);
  });
