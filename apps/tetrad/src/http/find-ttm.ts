import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where `ttm` is beside this program, installed from npm and in a checkout alike. */
const BESIDE = "../../ttm/dist/ttm.cjs";

/** The program that serves agents, `ttm`: the one beside this one, else the one in `PATH`. */
export function findTtm(program: string): readonly string[] {
  const beside = join(dirname(realpathSync(program)), BESIDE);
  return existsSync(beside) ? [process.execPath, beside] : ["ttm"];
}
