import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";

/** `ttm active [id]` */
export const run: TtmRun = (args, app) => {
  const given = args.at(0);
  return withStore(app, given === undefined ? "read" : "write", async ({ manager }) => {
    const id = given === undefined ? await manager.active() : await manager.activate(given);
    if (app.out.mode === "json") app.out.json({ txn_id: id ?? null });
    else if (id !== undefined) app.out.data(`${id}\n`);
  });
};
