import { layoutOf, openServices, type Services } from "@tetra/tsm";
import { openDefinitions } from "@tetra/tsm/definitions";
import { join } from "node:path";
import type { App } from "../app.ts";
import { baseOfService } from "./service-name.ts";

/** The folder of the service manager. */
export function serviceFolder(app: App): string {
  return join(app.places().root, "tsm");
}

/** The services of the data root. @throws TetraError `UNSUPPORTED_PLATFORM` */
export function servicesOf(app: App): Services {
  const folder = serviceFolder(app);
  return openServices({ folder, layout: layoutOf(folder), via: "ttm mcp" });
}

/** Names of services that are defined, whether they were ever started or not. */
export function definedServices(app: App): readonly string[] {
  const { root } = app.places();
  const variables = Object.fromEntries(
    Object.entries(app.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  return openDefinitions({ tetraDir: root, variables })
    .list()
    .map(({ address }) => address);
}

/** The one service that a name means: its whole name, or what it is defined as; never a part of another's. */
export function startedService(names: readonly string[], name: string): string | undefined {
  if (names.includes(name)) return name;
  const [only, ...others] = names.filter((each) => baseOfService(each) === name);
  return others.length === 0 ? only : undefined;
}
