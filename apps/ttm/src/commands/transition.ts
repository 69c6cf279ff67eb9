import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";
import { stateJson } from "../state-json.ts";

/** `ttm transition <stage> [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "write", async ({ manager }) => {
    const { from, transaction } = await manager.transition(args.at(0) ?? "", args.at(1));
    if (app.out.mode === "json") app.out.json(stateJson(transaction));
    else app.out.print(`Transaction transitioned: ${from} → ${transaction.state.stage}`);
  });
