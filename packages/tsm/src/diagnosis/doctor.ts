import { chmodSync } from "node:fs";
import { makeFolders } from "@tetra/durable-fs";
import { lookAtPorts } from "../ports/look-at-ports.ts";
import { scanIntoLedger } from "../ports/scan-into-ledger.ts";
import { idleLinks } from "./audit.ts";
import { bootFindings, bootPlaces, lookAtBoot } from "./check-boot.ts";
import { clockFindings, lookAtClock } from "./check-clock.ts";
import { diskFindings, lookAtDisk } from "./check-disk.ts";
import { environmentFindings, lookAtEnvironment } from "./check-environment.ts";
import { folderFindings, isReadable, lookAtFolders } from "./check-folders.ts";
import { portFacts, portFindings } from "./check-ports.ts";
import { lookAtServices, type ServiceFacts, serviceFindings } from "./check-services.ts";
import type { DoctorWorld } from "./doctor-world.ts";
import { findOrphans, orphanFindings } from "./find-orphans.ts";
import { findStale } from "./find-stale.ts";
import { type Finding, findingsOf, type Repair } from "./finding.ts";
import { patrol } from "./patrol.ts";
import { type Stale, staleText } from "./stale-tracking.ts";

/** Looks at everything, and says of everything how it is. Changes nothing. */
export function diagnose(world: DoctorWorld): readonly Finding[] {
  if (!isReadable(world)) return healthcheck(world);
  const services = lookAtServices(world.services);
  const ports = portFacts(world);
  return [
    ...healthcheck(world),
    ...serviceFindings(services),
    ...portFindings(ports),
    ...orphanFindings(findOrphans(ports.look, world)),
    ...clockFindings(lookAtClock(world, services)),
    ...diskFindings(lookAtDisk(world)),
    ...linkFindings(world.folder),
    ...bootFindings(lookAtBoot(world, bootPlaces(world), wantedOf(services))),
  ];
}

/** The short form: what must be right before anything can work. Changes nothing. */
export function healthcheck(world: DoctorWorld): readonly Finding[] {
  return [
    ...environmentFindings(lookAtEnvironment(world)),
    ...folderFindings(world.folder, lookAtFolders(world)),
    ...(isReadable(world) ? staleFindings(findStale(world)) : []),
  ];
}

function wantedOf(services: readonly ServiceFacts[]): number {
  return services.filter((fact) => fact.type === "read" && fact.service.meta.desired === "online")
    .length;
}

/** Each piece of stale tracking; the patrol removes it. */
function staleFindings(stale: readonly Stale[]): readonly Finding[] {
  const found = findingsOf("tracking");
  if (stale.length === 0) return [found.ok("tracking", "nothing is stale")];
  return stale.map((one) =>
    found.warning("path" in one ? one.path : one.name, "path" in one ? one.why : staleText(one), {
      fix: "tsm patrol, or tsm doctor --fix",
      repair: { type: "patrol" },
    }),
  );
}

function linkFindings(folder: string): readonly Finding[] {
  return idleLinks(folder).map(({ path, what, fix }) =>
    findingsOf("definitions").warning(path, what, fix),
  );
}

/** Who listens and is no service; nothing where services cannot be read. */
export function orphanCheck(world: DoctorWorld): readonly Finding[] {
  if (!isReadable(world)) return [];
  const look = lookAtPorts(world.services, world.platform);
  return orphanFindings(findOrphans(look, world));
}

/**
 * Carries out every repair that the findings have; what stands for itself, and never touches a service.
 * @returns the findings whose repair was carried out
 * @throws TetraError `SERVICE_BUSY`
 */
export async function repairAll(
  world: DoctorWorld,
  findings: readonly Finding[],
): Promise<readonly Finding[]> {
  const repaired = findings.filter(({ repair }) => repair !== undefined);
  const repairs = new Map(repaired.map(({ repair }) => [JSON.stringify(repair), repair]));
  for (const repair of repairs.values()) if (repair !== undefined) await carryOut(world, repair);
  return repaired;
}

async function carryOut(world: DoctorWorld, repair: Repair): Promise<void> {
  switch (repair.type) {
    case "make-folder":
      return makeFolders(world.fs, repair.path, { durable: false });
    case "make-private":
      return chmodSync(repair.path, repair.mode);
    case "patrol":
      return void (await patrol(world));
    case "scan-ports":
      return void (await scanIntoLedger(world.ports, world.services, world.platform));
  }
}
