import { validateCommand } from "@tetra/tsm/diagnosis";
import { systemPlatform } from "@tetra/tsm";
import type { TsmRun } from "../app.ts";

/** `tsm doctor validate [--port N] [--env F] <command...>` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const port = args.value("port");
  const envFile = args.value("env");
  const validation = validateCommand(
    {
      command: args.rest(0),
      cwd: app.cwd(),
      environment: app.env,
      ...(port === undefined ? {} : { port }),
      ...(envFile === undefined ? {} : { envFile }),
    },
    systemPlatform(),
  );
  const { valid, errors, warnings, info } = validation;
  if (out.mode === "json") out.json({ valid, errors, warnings, info });
  else {
    for (const line of info) out.print(`✅ ${line}`);
    for (const line of warnings) out.print(`⚠️  ${line}`);
    for (const line of errors) out.print(`❌ ${line}`);
  }
  return valid ? 0 : 1;
};
