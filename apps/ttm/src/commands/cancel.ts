import { requestCancel } from "@tetra/tts-core/two-phase-commit";
import type { App, TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";
import { tellSaga, wordOf } from "../saga/tell-saga.ts";
import { isTwoPhase } from "../two-phase/is-two-phase.ts";

/** `ttm cancel [id]` */
export const run: TtmRun = async (args, app) => {
  const word = wordOf("cancel", args, { needsWhy: false });
  const id = args.at(0);
  if (await isTwoPhaseCommit(id, app)) return cancelTwoPhase(id, word, app);
  await tellSaga(app, { verb: "cancel", id, told: "Cancelled" }, ({ sagas }, whole) =>
    sagas.cancel(whole, word),
  );
  if (app.out.mode === "terminal") {
    app.err.print("Who carries it on undoes it now. If nobody does: ttm saga rollback");
  }
};

function isTwoPhaseCommit(id: string | undefined, app: App): Promise<boolean> {
  return withStore(app, "read", async ({ manager }) => isTwoPhase(await manager.state(id)));
}

function cancelTwoPhase(
  id: string | undefined,
  word: { readonly by: string; readonly why: string },
  app: App,
): Promise<void> {
  return withStore(app, "write", async ({ store, manager }) => {
    const whole = await manager.resolveId(id);
    await requestCancel({ store, clock: app.clock }, whole, word);
    if (app.out.mode === "json") app.out.json({ id: whole, cancelled: word });
    else app.out.print(`Cancelled: ${whole}`);
    if (app.out.mode === "terminal") {
      app.err.print("Who carries it aborts it. If nobody does: ttm 2pc recover");
    }
  });
}
