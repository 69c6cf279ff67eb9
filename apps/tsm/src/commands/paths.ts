import { table } from "@tetra/cli-kit";
import { layoutOf, servicePaths } from "@tetra/tsm";
import type { TsmRun } from "../app.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";

/** `tsm paths <service>` */
export const run: TsmRun = async (args, app) => {
  const services = openedServices(app);
  const [name = ""] = selectedServices(services, [args.at(0) ?? ""]);
  const { meta } = services.observe(name);
  const {
    meta: file,
    pid,
    environment,
    out,
    err,
  } = servicePaths(layoutOf(app.places().folder), name);
  const paths = { meta: file, pid, env: meta.env_file || environment, out, err };
  if (app.out.mode === "json") app.out.json(paths);
  else app.out.printAll(table(Object.entries(paths).map(([label, path]) => [`${label}:`, path])));
};
