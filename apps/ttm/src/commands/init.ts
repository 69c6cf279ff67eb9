import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";

/** `ttm init` */
export const run: TtmRun = (_args, app) =>
  withStore(app, "write", async ({ store }) => {
    await store.init();
    if (app.out.mode === "json") app.out.json({ folder: store.folder });
    if (app.out.mode === "terminal") app.out.print(`Transactions are kept in ${store.folder}`);
  });
