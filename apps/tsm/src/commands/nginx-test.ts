import type { TsmRun } from "../app.ts";
import { openedNginx } from "../boot/opened-nginx.ts";
import { printText } from "../boot/print-text.ts";
import { openedServices } from "../opened-services.ts";

/** `tsm nginx test` */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const said = await openedNginx(app, openedServices(app)).test();
  if (out.mode === "json") out.json({ success: true, message: said.trimEnd() });
  else printText(app, said);
};
