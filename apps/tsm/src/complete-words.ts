import type { Candidate, Topics } from "@tetra/cli-kit";
import { observeIfReadable } from "@tetra/tsm";
import type { App } from "./app.ts";
import { openedDefinitions } from "./opened-definitions.ts";
import { openedServices } from "./opened-services.ts";

/** What could stand in places that only the data root knows of. */
export const TOPICS: Topics<App> = {
  services: async (app) => known(app),
  definitions: async (app) => defined(app),
  patterns: async () =>
    (await import("@tetra/tsm/monitoring")).DEFAULT_PATTERNS.map(
      ({ name: value, description: summary }) => ({ value, summary }),
    ),
  startable: async (app) => [...defined(app), ...known(app)],
};

function known(app: App): readonly Candidate[] {
  const services = openedServices(app);
  return services
    .names()
    .map((value) => ({ value, summary: observeIfReadable(services, value)?.status ?? "broken" }));
}

function defined(app: App): readonly Candidate[] {
  return openedDefinitions(app)
    .list()
    .map(({ address, isEnabled }) => ({
      value: address,
      summary: isEnabled ? "defined, enabled" : "defined",
    }));
}
