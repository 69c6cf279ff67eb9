import type { TtmRun } from "../app.ts";
import { howOf, tellSaga, wordOf } from "../saga/tell-saga.ts";

/** `ttm saga resolve [id] [step...]` */
export const run: TtmRun = async (args, app) => {
  const how = howOf("saga resolve", args);
  const word = wordOf("saga resolve", args, { needsWhy: true });
  const steps = args.rest(1);
  const told = how === "retry" ? "To be tried again" : "Settled";
  await tellSaga(app, { verb: "saga resolve", id: args.at(0), told }, ({ sagas }, id) =>
    sagas.resolve(id, { ...word, how, ...(steps.length === 0 ? {} : { steps }) }),
  );
  if (app.out.mode === "terminal") app.err.print("Carry it on: ttm saga resume, or ttm worker");
};
