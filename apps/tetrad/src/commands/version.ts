import type { TetradRun } from "../app.ts";

/** `tetrad version` */
export const run: TetradRun = async (args, { out, version }) => {
  if (args.has("json")) out.json({ version });
  else out.print(version);
};
