import type { TsmRun } from "../app.ts";
import { openedNginx } from "../boot/opened-nginx.ts";
import { printText } from "../boot/print-text.ts";
import { sitesOf } from "../boot/site-of.ts";
import { openedServices } from "../opened-services.ts";

/** `tsm nginx generate <service>...` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const services = openedServices(app);
  const nginx = openedNginx(app, services);
  const sites = sitesOf(app, args, services);
  const texts = await Promise.all(sites.map((site) => nginx.generate(site)));
  if (out.mode === "json") {
    return out.json({ sites: sites.map(({ name }, at) => ({ name, text: texts[at] })) });
  }
  printText(app, texts.join("\n"));
};
