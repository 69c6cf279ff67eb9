import { shellWord } from "@tetra/cli-kit";
import { join } from "node:path";
import type { TtmRun } from "../app.ts";
import { evidenceLines, evidenceVariables } from "../evidence-variables.ts";
import { withStore } from "../open-store.ts";

/** `ttm init-vars [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "read", async ({ store, manager }) => {
    const id = await manager.resolveId(args.at(0));
    const { variables } = await manager.evidence(id);
    const paths = variables.map(({ name }) => join(store.paths(id).context, name));
    const values = evidenceVariables(paths);
    if (args.has("export")) {
      const lines = Object.entries(values).map(([name, value]) => `${name}=${shellWord(value)}\n`);
      app.out.data(lines.join(""));
    } else if (app.out.mode === "json") {
      app.out.json(values);
    } else {
      app.out.printAll(evidenceLines(paths).map((line) => [line]));
    }
  });
