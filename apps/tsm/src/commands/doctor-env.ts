import { lookAtEnvFile } from "@tetra/tsm/diagnosis";
import type { TsmRun } from "../app.ts";

/** `tsm doctor env [file]` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const file = args.at(0) ?? "env/local.env";
  const { errors, warnings, info } = lookAtEnvFile(file, { cwd: app.cwd(), environment: app.env });
  if (out.mode === "json") out.json({ valid: errors.length === 0, errors, warnings, info });
  else {
    for (const line of info) out.print(`✅ ${line}`);
    for (const line of warnings) out.print(`⚠️  ${line}`);
    for (const line of errors) out.print(`❌ ${line}`);
  }
  return errors.length === 0 ? 0 : 1;
};
