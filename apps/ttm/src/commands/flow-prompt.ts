import { keptPrompt, promptsOf } from "@tetra/rag-adapter/context";
import type { TtmRun } from "../app.ts";
import { flowApp } from "../flows/flow-app.ts";
import { flowGround } from "../flows/flow-ground.ts";
import { promptPage } from "../flows/prompt-page.ts";
import { withStore } from "../open-store.ts";

/** `ttm flow prompt [id] [digest]` */
export const run: TtmRun = async (args, given) => {
  const { app, place } = await flowApp(given);
  return withStore(app, "read", async ({ store }) => {
    const ground = flowGround({ store, clock: app.clock }, place);
    const id = await ground.flows.resolveId(args.at(0));
    if (args.has("all")) {
      const prompts = await promptsOf(store, id);
      if (app.out.mode === "json") app.out.json(prompts);
      else
        app.out.printAll(prompts.map(({ ts, digest, tokens }) => [`${ts}  ${digest}  ${tokens}`]));
      return;
    }
    const { text, record, ts } = await keptPrompt(store, id, args.at(1));
    if (app.out.mode === "json") app.out.json({ flow: id, assembled_at: ts, ...record, text });
    else if (args.has("contents")) app.out.printAll(promptPage(record).map((line) => [line]));
    else app.out.data(text);
  });
};
