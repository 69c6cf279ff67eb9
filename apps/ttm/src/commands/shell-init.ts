import { shellWord } from "@tetra/cli-kit";
import { join } from "node:path";
import { execPath } from "node:process";
import type { TtmRun } from "../app.ts";
import { shellFolder } from "../shell-folder.ts";

/** `ttm shell-init`: the functions will be carried out by the very node that this is. */
export const run: TtmRun = async (_args, { out }) => {
  const node = shellWord(execPath);
  const file = shellWord(join(shellFolder(), "ttm.sh"));
  out.data(`export _TETRA_NODE=${node}\n. ${file}\n`);
};
