import { absoluteCommand, installUnits, serviceUnit, type ServiceUnitFiles } from "@tetra/tsm/boot";
import { join } from "node:path";
import type { TsmRun } from "../app.ts";
import { bootHost, unitScope } from "../boot/boot-host.ts";
import { printText } from "../boot/print-text.ts";
import { keptEnvironment } from "../kept-environment.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";

/** `tsm systemd <service>...` */
export const run: TsmRun = async (args, app) => {
  const { out, err } = app;
  const scope = unitScope(args);
  const services = openedServices(app);
  const { folder } = app.places();
  const units = selectedServices(services, args.rest(0)).map((name) => {
    const { meta } = services.observe(name);
    const environment = keptEnvironment(folder, name) ?? {};
    const argv = absoluteCommand({ argv: meta.argv, cwd: meta.cwd, environment });
    const secretsFile = join(folder, "systemd", `${meta.tsm_id ?? 0}.env`);
    return serviceUnit({ scope, meta, argv, environment, secretsFile });
  });
  if (!args.has("install")) {
    if (out.mode === "json")
      return out.json({ units: units.map(({ name, text }) => ({ name, text })) });
    return printText(app, units.map(pageOf).join("\n"));
  }
  const { paths } = await installUnits(bootHost(app), {
    scope,
    units,
    secrets: units.flatMap(({ secrets }) => secrets ?? []),
  });
  const names = units.map(({ name }) => name);
  const message = `✅ ${names.join(", ")} installed`;
  if (out.mode === "json") return out.json({ success: true, message, data: { paths } });
  out.print(message);
  const option = scope === "user" ? " --user" : "";
  out.print(
    `Next: stop them here (tsm stop), then systemctl${option} enable --now ${names.join(" ")}`,
  );
  err.print("What systemd runs, tsm does not look after: no list, logs, health or watch");
};

function pageOf({ name, text }: ServiceUnitFiles): string {
  return `# ${name}\n${text}`;
}
