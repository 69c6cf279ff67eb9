import type { TtmRun } from "../app.ts";
import { shellFolder } from "../shell-folder.ts";

/** `ttm shell-path` */
export const run: TtmRun = async (_args, { out }) => {
  const folder = shellFolder();
  if (out.mode === "json") out.json({ folder });
  else out.data(`${folder}\n`);
};
