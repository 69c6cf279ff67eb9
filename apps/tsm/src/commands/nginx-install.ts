import { resolve } from "node:path";
import type { TsmRun } from "../app.ts";
import { tellChange } from "../boot/nginx-change.ts";
import { openedNginx } from "../boot/opened-nginx.ts";
import { sitesOf } from "../boot/site-of.ts";
import { openedServices } from "../opened-services.ts";

/** `tsm nginx install <service>...` */
export const run: TsmRun = async (args, app) => {
  const services = openedServices(app);
  const sites = sitesOf(app, args, services);
  const path = (option: "conf" | "pid") => {
    const given = args.value(option);
    return given === undefined ? {} : { [option]: resolve(app.cwd(), given) };
  };
  const program = args.value("nginx");
  const change = await openedNginx(app, services).install(sites, {
    ...path("conf"),
    ...path("pid"),
    ...(program === undefined ? {} : { nginx: program }),
  });
  tellChange(
    app,
    `✅ nginx serves ${sites.map(({ name, domain }) => `${name} (${domain})`).join(", ")}`,
    change,
  );
};
