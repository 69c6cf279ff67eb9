import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";
import { printPutAway } from "../put-away.ts";
import { retentionOf } from "../retention.ts";

/** `ttm prune` */
export const run: TtmRun = (args, app) => {
  const retention = retentionOf(args, "365d", app.clock.now());
  return withStore(app, "write", async ({ store }) => {
    const ids = await store.prune(retention);
    printPutAway({ ids, done: "Pruned", intended: "Would prune", retention }, app.out);
  });
};
