import type { TtmRun } from "../app.ts";
import { connectorOf } from "../targets.ts";

/** `ttm connector <target>` */
export const run: TtmRun = async (args, { out, places }) => {
  const entry = connectorOf(args.at(0) ?? "", places().topology);
  if (entry !== undefined) out.json(entry);
  else if (out.mode === "json") out.json(null);
};
