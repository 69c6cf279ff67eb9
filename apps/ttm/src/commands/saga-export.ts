import { exportSaga } from "@tetra/tts-core/saga";
import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";

/** `ttm saga export [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "read", async ({ store, manager }) => {
    app.out.json(await exportSaga(store, await manager.resolveId(args.at(0))));
  });
