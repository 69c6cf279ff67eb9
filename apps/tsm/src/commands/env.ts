import { TetraError } from "@tetra/errors";
import { maskSecret } from "@tetra/tsm/launch";
import type { TsmRun } from "../app.ts";
import type { TsmCliErrorCode } from "../errors.ts";
import { keptEnvironment } from "../kept-environment.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";

/** `tsm env <service>` */
export const run: TsmRun = async (args, app) => {
  const services = openedServices(app);
  const [name = ""] = selectedServices(services, [args.at(0) ?? ""]);
  const kept = keptEnvironment(app.places().folder, name);
  if (kept === undefined) {
    throw new TetraError<TsmCliErrorCode>(
      "NO_ENVIRONMENT",
      `no environment was captured for '${name}'`,
      { hint: "another tool started it; restart it here", details: { name } },
    );
  }
  const entries = Object.entries(kept)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]): readonly [string, string] => [key, maskSecret(key, value)]);
  if (app.out.mode === "json") app.out.json(Object.fromEntries(entries));
  else app.out.printAll(entries.map(([key, value]) => [`${key}=${value}`]));
};
