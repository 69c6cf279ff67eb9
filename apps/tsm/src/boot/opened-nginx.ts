import { systemPrograms } from "@tetra/tsm/boot";
import { type Nginx, openNginx } from "@tetra/tsm/instances";
import type { Services } from "@tetra/tsm";
import type { App } from "../app.ts";

/** nginx in front of the services of the data root. @throws TetraError `NO_DATA_ROOT` */
export function openedNginx(app: Pick<App, "env" | "places">, services: Services): Nginx {
  return openNginx({ folder: app.places().folder, services, run: systemPrograms(app.env) });
}
