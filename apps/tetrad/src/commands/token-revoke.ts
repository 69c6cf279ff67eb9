import type { TetradRun } from "../app.ts";
import { removeToken } from "../tokens/token-file.ts";

/** `tetrad token revoke <name>` */
export const run: TetradRun = async (args, { out, config }) => {
  const name = args.at(0) ?? "";
  await removeToken(config(), name);
  if (args.has("json")) out.json({ name, revoked: true });
  else out.print(`${name} is revoked, and its sessions end`);
};
