import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";
import { stateJson } from "../state-json.ts";

/** `ttm commit [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "write", async ({ manager }) => {
    const { from, transaction } = await manager.commit(args.at(0));
    if (app.out.mode === "json") {
      app.out.json(stateJson(transaction));
      return;
    }
    app.out.print(`Transaction transitioned: ${from} → ${transaction.state.stage}`);
    app.out.print(`Transaction committed: ${transaction.id}`);
  });
