import { openServices, type Platform, type Services } from "@tetra/tsm";
import type { App } from "./app.ts";

/** The services of the data root. @throws TetraError `NO_DATA_ROOT`, `UNSUPPORTED_PLATFORM` */
export function openedServices(
  app: Pick<App, "places" | "user" | "via">,
  platform?: Platform,
): Services {
  return openServices({
    folder: app.places().folder,
    by: app.user(),
    via: app.via,
    ...(platform === undefined ? {} : { platform }),
  });
}
