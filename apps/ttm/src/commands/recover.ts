import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";

/** `ttm recover` */
export const run: TtmRun = (_args, app) =>
  withStore(app, "write", async ({ store }) => {
    const report = await store.recover();
    const { journals, swept, repaired } = report;
    if (app.out.mode === "json") {
      app.out.json(report);
      return;
    }
    if (journals > 0) app.out.print(`Replayed: ${journals} journal(s) of dead writers`);
    app.out.printAll(repaired.map(({ id, what }) => [`Repaired: ${id}: ${what}`]));
    app.out.printAll(swept.map((path) => [`Removed: ${path}`]));
    if (journals + swept.length + repaired.length === 0) app.out.print("Nothing to repair");
  });
