import type { App, TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";
import type { CarriedOn } from "../saga/carry-on-sagas.ts";
import { isTwoPhase } from "../two-phase/is-two-phase.ts";

/** `ttm recover` */
export const run: TtmRun = async (args, app) => {
  const { out } = app;
  const { open, ...report } = await withStore(app, "write", async ({ store }) => {
    const mended = await store.recover();
    return { ...mended, open: await store.list({ stage: "EXECUTE" }) };
  });
  const twoPhase = open.filter(isTwoPhase).map(({ txn_id }) => txn_id);
  const { journals, swept, repaired } = report;
  if (out.mode !== "json") {
    if (journals > 0) out.print(`Replayed: ${journals} journal(s) of dead writers`);
    out.printAll(repaired.map(({ id, what }) => [`Repaired: ${id}: ${what}`]));
    out.printAll(swept.map((path) => [`Removed: ${path}`]));
  }
  const isSagaThere = open.length > twoPhase.length;
  const sagas = isSagaThere ? await carriedOn(args.value("actions"), app) : [];
  if (out.mode === "json") {
    out.json({ ...report, sagas, twoPhase });
    return;
  }
  out.printAll(twoPhase.map((id) => [`Open two-phase commit: ${id}`]));
  if (twoPhase.length > 0)
    out.print("Settle what nobody carries: ttm 2pc recover --participants MODULE");
  if (journals + swept.length + repaired.length + sagas.length + twoPhase.length === 0) {
    out.print("Nothing to repair");
  }
};

/** Sagas are loaded only where there is something that could be one. */
async function carriedOn(actions: string | undefined, app: App): Promise<readonly CarriedOn[]> {
  const { carryOnSagas } = await import("../saga/carry-on-sagas.ts");
  return carryOnSagas(actions, app);
}
