import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";

/** `ttm add <file> <description> [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "write", async ({ manager }) => {
    const txn_id = await manager.resolveId(args.at(2));
    const { name, digest } = await manager.addContext(
      { source: { path: args.at(0) ?? "" }, description: args.at(1) ?? "" },
      txn_id,
    );
    if (app.out.mode === "json") app.out.json({ txn_id, name, digest });
    else app.out.print(`Added context: ${name}`);
  });
