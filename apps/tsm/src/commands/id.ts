import type { TsmRun } from "../app.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";

/** `tsm id <service>` */
export const run: TsmRun = async (args, app) => {
  const services = openedServices(app);
  const [name = ""] = selectedServices(services, [args.at(0) ?? ""]);
  const { tsm_id: id } = services.observe(name).meta;
  if (app.out.mode === "json") app.out.json({ name, tsm_id: id ?? null });
  else app.out.print(String(id ?? "-"));
};
