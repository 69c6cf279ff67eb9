import type { TtmRun } from "../app.ts";

/** `ttm version` */
export const run: TtmRun = async (_args, { out, version }) => {
  if (out.mode === "json") out.json({ version });
  else out.print(version);
};
