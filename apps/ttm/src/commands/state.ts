import { formatState } from "@tetra/tts-core";
import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";

/** `ttm state [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "read", async ({ manager }) => {
    const { state, revision } = await manager.load(args.at(0));
    app.out.data(formatState(state, revision));
  });
