import type { TtmRun } from "../app.ts";
import { tellSaga, wordOf } from "../saga/tell-saga.ts";

/** `ttm reject [id] [step]` */
export const run: TtmRun = async (args, app) => {
  const word = wordOf("reject", args, { needsWhy: true });
  await tellSaga(app, { verb: "reject", id: args.at(0), told: "Rejected" }, ({ sagas }, id) =>
    sagas.reject(id, word, args.at(1)),
  );
};
