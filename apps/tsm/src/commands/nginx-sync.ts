import type { TsmRun } from "../app.ts";
import { tellChange } from "../boot/nginx-change.ts";
import { openedNginx } from "../boot/opened-nginx.ts";
import { openedServices } from "../opened-services.ts";

/** `tsm nginx sync` */
export const run: TsmRun = async (_args, app) => {
  const change = await openedNginx(app, openedServices(app)).sync();
  tellChange(app, `${change.changed.length} files changed`, change);
};
