import type { TtmRun } from "../app.ts";
import { assembleFlow } from "../flows/assemble-flow.ts";
import { flowApp } from "../flows/flow-app.ts";
import { flowGround } from "../flows/flow-ground.ts";
import { promptPage } from "../flows/prompt-page.ts";
import { wholeNumber } from "../flows/whole-number.ts";
import { withStore } from "../open-store.ts";

/** `ttm flow assemble [id]` */
export const run: TtmRun = async (args, given) => {
  const budget = wholeNumber(args.value("budget"), "--budget");
  const encoding = args.value("encoding");
  const { app, place } = await flowApp(given);
  return withStore(app, "write", async ({ store }) => {
    const ground = flowGround({ store, clock: app.clock }, place);
    const id = await ground.flows.resolveId(args.at(0));
    const { text: _text, ...record } = await assembleFlow(ground, id, {
      selections: args.values("select"),
      ...(budget === undefined ? {} : { budget }),
      ...(encoding === undefined ? {} : { encoding }),
    });
    const file = `${store.paths(id).build}/prompt.mdctx`;
    if (app.out.mode === "json") app.out.json({ flow: id, file, ...record });
    else app.out.printAll([...promptPage(record), `File: ${file}`].map((line) => [line]));
  });
};
