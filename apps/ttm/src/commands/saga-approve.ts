import type { TtmRun } from "../app.ts";
import { tellSaga, wordOf } from "../saga/tell-saga.ts";

/** `ttm saga approve [id] [step]` */
export const run: TtmRun = async (args, app) => {
  const word = wordOf("approve", args, { needsWhy: true });
  await tellSaga(app, { verb: "approve", id: args.at(0), told: "Approved" }, ({ sagas }, id) =>
    sagas.approve(id, word, args.at(1)),
  );
};
