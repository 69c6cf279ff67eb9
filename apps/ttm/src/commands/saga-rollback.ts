import type { TtmRun } from "../app.ts";
import { carrySaga } from "../saga/carry-saga.ts";
import { confirmed } from "../saga/consents.ts";
import { whoTypes } from "../saga/engine.ts";
import { loadActions } from "../saga/load-actions.ts";

/** `ttm saga rollback [id]` */
export const run: TtmRun = async (args, app) => {
  const { actions } = await loadActions(args.value("actions"));
  const word = { by: whoTypes(), why: args.value("why") ?? "" };
  return carrySaga(
    app,
    { verb: "saga rollback", actions, given: confirmed(args) },
    async ({ sagas, manager }, signal) =>
      sagas.rollback(await manager.resolveId(args.at(0)), word, { signal }),
  );
};
