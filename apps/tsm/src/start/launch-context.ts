import { type Services, systemClock } from "@tetra/tsm";
import { type LaunchHost, nodeLaunchHost } from "@tetra/tsm/launch";
import type { App } from "../app.ts";

/** The machine as planning sees it. */
export function launchHost(app: Pick<App, "places">, services: Services): LaunchHost {
  return nodeLaunchHost({
    tetraDir: app.places().root,
    clock: systemClock,
    serviceNames: () => services.names(),
  });
}

/** The environment of whoever types, with the data root in it: services find their manager by that. */
export function callersEnvironment(
  app: Pick<App, "env" | "places">,
): Readonly<Record<string, string>> {
  const entries = Object.entries(app.env).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, value]],
  );
  return { ...Object.fromEntries(entries), TETRA_DIR: app.places().root };
}
