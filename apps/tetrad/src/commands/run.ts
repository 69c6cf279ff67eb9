import type { TetradRun } from "../app.ts";
import { askedSettings } from "../http/asked-settings.ts";

/** `tetrad run` */
export const run: TetradRun = async (args, { serve, config, cwd, now }) => {
  const asked = askedSettings(args, cwd());
  if (asked.type !== "as it is") {
    const { rememberHttp } = await import("../http/remember-http.ts");
    await rememberHttp(config(), asked, now());
  }
  await serve(args.has("on-demand"));
};
