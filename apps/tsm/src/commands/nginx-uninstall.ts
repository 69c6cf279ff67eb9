import type { TsmRun } from "../app.ts";
import { tellChange } from "../boot/nginx-change.ts";
import { openedNginx } from "../boot/opened-nginx.ts";
import { openedServices } from "../opened-services.ts";

/** `tsm nginx uninstall <site>...` */
export const run: TsmRun = async (args, app) => {
  const nginx = openedNginx(app, openedServices(app));
  const words = args.rest(0);
  const names = words.includes("*") ? nginx.sites().map(({ name }) => name) : words;
  const change = await nginx.uninstall(names);
  tellChange(app, `✅ nginx does not serve ${names.join(", ")} any more`, change);
};
