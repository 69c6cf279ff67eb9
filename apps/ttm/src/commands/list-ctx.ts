import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";

/** `ttm list-ctx [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "read", async ({ manager }) => {
    const entries = await manager.listContext(args.at(0));
    if (app.out.mode === "json") {
      app.out.json(entries);
    } else if (entries.length === 0) {
      app.out.print("No context files");
    } else {
      app.out.print("Context files:");
      app.out.printAll(entries.map(({ name }) => [name]));
    }
  });
