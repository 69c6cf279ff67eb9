import type { TtmRun } from "../app.ts";
import { tellSaga, wordOf } from "../saga/tell-saga.ts";

/** `ttm cancel [id]` */
export const run: TtmRun = async (args, app) => {
  const word = wordOf("cancel", args, { needsWhy: false });
  await tellSaga(app, { verb: "cancel", id: args.at(0), told: "Cancelled" }, ({ sagas }, id) =>
    sagas.cancel(id, word),
  );
  if (app.out.mode === "terminal") {
    app.err.print("Who carries it on undoes it now. If nobody does: ttm saga rollback");
  }
};
