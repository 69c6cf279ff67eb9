import { mermaidOf, planOf } from "@tetra/tts-core/saga";
import type { TtmRun } from "../app.ts";
import { loadSaga } from "../saga/load-saga.ts";
import { variablesGiven } from "../saga/variables.ts";

/** `ttm saga plan <file>` */
export const run: TtmRun = async (args, { out }) => {
  const { definition, description } = await loadSaga(args.at(0) ?? "", variablesGiven(args));
  const plan = planOf(definition);
  const isGraph = args.has("mermaid");
  if (out.mode === "json") {
    const { lines: _text, ...told } = plan;
    const more = description === undefined ? {} : { description };
    out.json({ ...told, ...more, ...(isGraph ? { mermaid: mermaidOf(plan) } : {}) });
  } else if (isGraph) {
    out.data(`${mermaidOf(plan).trimEnd()}\n`);
  } else {
    out.printAll(plan.lines.map((line) => [line]));
  }
};
