import type { TtmRun } from "../app.ts";
import { carrySaga } from "../saga/carry-saga.ts";
import { confirmed } from "../saga/consents.ts";
import { loadActions } from "../saga/load-actions.ts";
import { startingFolder } from "../saga/starting-folder.ts";

/** `ttm saga undo [id]` */
export const run: TtmRun = async (args, app) => {
  const { actions } = await loadActions(args.value("actions"));
  const agent = args.value("agent");
  let folder: string | undefined;
  return carrySaga(
    app,
    { verb: "saga undo", actions, given: confirmed(args), folder: () => folder },
    async ({ sagas, manager }, signal) => {
      const { id, state } = await manager.load(args.at(0));
      folder = startingFolder(state);
      return sagas.undo(id, {
        signal,
        target: state.target ?? "@local",
        ...(agent === undefined ? {} : { agent }),
      });
    },
  );
};
