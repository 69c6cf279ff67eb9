import { explain, formatExplanation, parseLevel, resolve } from "@tetra/tes";
import { isTetraError } from "@tetra/errors";
import type { App, TtmRun } from "../app.ts";
import { exitStatusOf } from "../exit-status.ts";
import { type Reach, reachOf, rememberedTest } from "../tes/reach.ts";

/** `ttm tes explain <symbol>` */
export const run: TtmRun = async (args, app) => {
  const symbol = args.at(0) ?? "";
  const path = args.value("path");
  const wanted = args.value("level");
  const level = parseLevel(wanted ?? (path === undefined ? "handle" : "plan"));
  const reach = reachOf(app);
  const { endpoints, self } = reach;
  const test = knownTest(symbol, reach);
  const explanation = explain(symbol, {
    endpoints,
    self,
    level,
    ...(path === undefined ? {} : { path }),
    ...(test && { test }),
  });
  show(explanation, app);
  return explanation.stopped === undefined ? 0 : exitStatusOf(explanation.stopped.code);
};

function show(explanation: ReturnType<typeof explain>, { out }: App): void {
  if (out.mode === "json") out.json(explanation);
  else
    out.printAll(
      formatExplanation(explanation)
        .split("\n")
        .map((line) => [line]),
    );
}

function knownTest(symbol: string, reach: Reach): ReturnType<typeof rememberedTest> {
  const { endpoints, self } = reach;
  try {
    return rememberedTest(reach, resolve(symbol, { endpoints, self, level: "handle" }));
  } catch (error) {
    if (isTetraError(error)) return undefined; // the explanation will say where it stops
    throw error;
  }
}
