import { styled, table } from "@tetra/cli-kit";
import { readableServices } from "@tetra/tsm";
import { DEFAULT_ORG } from "@tetra/tsm/definitions";
import type { TsmRun } from "../app.ts";
import { openedDefinitions } from "../opened-definitions.ts";
import { openedServices } from "../opened-services.ts";

/** `tsm orgs` */
export const run: TsmRun = async (_args, app) => {
  const definitions = openedDefinitions(app).list();
  const services = openedServices(app);
  const known = readableServices(services);
  const names = new Set([
    DEFAULT_ORG,
    ...definitions.map(({ org = DEFAULT_ORG }) => org),
    ...known.map(({ meta: { org = DEFAULT_ORG } }) => org),
  ]);
  const orgs = [...names].toSorted().map((name) => {
    const defined = definitions.filter(({ org = DEFAULT_ORG }) => org === name);
    const running = known.filter(
      ({ meta: { org = DEFAULT_ORG }, observed: { main } }) => org === name && main !== undefined,
    );
    return {
      name,
      defined: defined.length,
      enabled: defined.filter(({ isEnabled }) => isEnabled).length,
      running: running.length,
    };
  });
  if (app.out.mode === "json") {
    app.out.json({ orgs });
    return;
  }
  const headings = ["Org", "Defined", "Enabled", "Running"].map((text) => styled(text, "bold"));
  const rows = orgs.map((org) => [org.name, `${org.defined}`, `${org.enabled}`, `${org.running}`]);
  app.out.printAll(table([headings, ...rows], { columns: app.out.columns }));
};
