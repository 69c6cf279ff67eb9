import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";
import { stateJson } from "../state-json.ts";

/** `ttm create <description> [target] [agent]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "write", async ({ manager }) => {
    const target = args.at(1);
    const agent = args.at(2);
    const transaction = await manager.create({
      description: args.at(0) ?? "",
      ...(target === undefined ? {} : { target }),
      ...(agent === undefined ? {} : { agent }),
    });
    if (app.out.mode === "json") app.out.json(stateJson(transaction));
    else app.out.data(`${transaction.id}\n`); // the id and nothing else: scripts capture it
  });
