import type { TsmRun } from "../app.ts";

/** `tsm version` */
export const run: TsmRun = async (_args, { out, version }) => {
  if (out.mode === "json") out.json({ version });
  else out.print(version);
};
