import type { TtmRun } from "../app.ts";
import { carrySaga } from "../saga/carry-saga.ts";
import { confirmed } from "../saga/consents.ts";
import { loadActions } from "../saga/load-actions.ts";

/** `ttm saga resume [id]` */
export const run: TtmRun = async (args, app) => {
  const { actions, sagas: known } = await loadActions(args.value("actions"));
  return carrySaga(
    app,
    { verb: "saga resume", actions, given: confirmed(args) },
    async ({ sagas, manager }, signal) => {
      const id = await manager.resolveId(args.at(0));
      const { name } = await sagas.view(id);
      const expected = known.get(name);
      return sagas.resume(id, {
        stays: !args.has("no-wait"),
        signal,
        ...(expected === undefined ? {} : { expected }),
      });
    },
  );
};
