import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";
import { coordinator } from "../two-phase/coordinator.ts";
import { twoPhasePage } from "../two-phase/two-phase-page.ts";

/** `ttm 2pc show [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "read", async ({ store, manager }) => {
    const { out, clock } = app;
    const id = await manager.resolveId(args.at(0));
    const status = await coordinator(app, { store, verb: "2pc show" }).status(id);
    if (out.mode === "json") out.json(status);
    else out.printAll(twoPhasePage(status, { nowMs: clock.now(), columns: out.columns }));
  });
