import { openLogs, type RotationReport } from "@tetra/tsm/logs";
import type { TsmRun } from "../app.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";
import { sizeText } from "../size-text.ts";

/** `tsm rotate <service>...` */
export const run: TsmRun = async (args, app) => {
  const services = openedServices(app);
  const logs = openLogs({ folder: app.places().folder });
  const reports: (RotationReport & { readonly name: string })[] = [];
  for (const name of selectedServices(services, args.rest(0))) {
    const report = await logs.rotate(name, services.observe(name).meta.care.logs);
    reports.push({ name, ...report });
    if (app.out.mode !== "json") app.out.print(`tsm: ${told(name, report)}`);
  }
  await logs.settled();
  if (app.out.mode === "json") app.out.json({ services: reports.map(reportJson) });
};

function told(name: string, { rotated }: RotationReport): string {
  if (rotated.length === 0) return `nothing to rotate for '${name}'`;
  const parts = rotated.map(
    ({ stream, bytes }) => `${stream === "out" ? "STDOUT" : "STDERR"} ${sizeText(bytes)}`,
  );
  return `rotated '${name}' (${parts.join(", ")})`;
}

function reportJson({ name, rotated, removed }: RotationReport & { readonly name: string }) {
  return { name, rotated, removed };
}
