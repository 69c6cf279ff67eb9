import { DAEMON_FLAVOURS, daemonServiceStatus, type UnitScope } from "@tetra/tsm/boot";
import type { TsmRun } from "../app.ts";
import { bootHost } from "../boot/boot-host.ts";
import { openedDefinitions } from "../opened-definitions.ts";

const SCOPES: readonly UnitScope[] = ["user", "system"];

/** `tsm startup status` */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const host = bootHost(app);
  const enabled = openedDefinitions(app)
    .list()
    .filter(({ isEnabled }) => isEnabled)
    .map(({ address }) => address);
  const all = await Promise.all(
    SCOPES.flatMap((scope) =>
      DAEMON_FLAVOURS.map((flavour) => daemonServiceStatus(host, { scope, flavour })),
    ),
  );
  const units = all.filter(({ isInstalled }) => isInstalled);
  if (out.mode === "json") return out.json({ units, enabled });
  if (units.length === 0) {
    out.print("Daemon: not installed: nothing starts services at boot (tsm daemon install)");
  }
  for (const { unit, scope, active, enabled: isEnabled } of units) {
    out.print(`Daemon: ${unit} (${scope}): ${active}, ${isEnabled}`);
  }
  out.print(enabled.length === 0 ? "No services are enabled" : "Enabled services:");
  out.printAll(enabled.map((address) => [`  ${address}`]));
};
