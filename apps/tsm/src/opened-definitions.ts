import { type DefinitionStore, openDefinitions } from "@tetra/tsm/definitions";
import type { App } from "./app.ts";
import { openedServices } from "./opened-services.ts";

/** The definitions of the data root. @throws TetraError `NO_DATA_ROOT` */
export function openedDefinitions(
  app: Pick<App, "places" | "env" | "user" | "via">,
): DefinitionStore {
  const variables = Object.fromEntries(
    Object.entries(app.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  return openDefinitions({
    tetraDir: app.places().root,
    variables,
    note: (event, name) => openedServices(app).note({ event, name }),
  });
}
