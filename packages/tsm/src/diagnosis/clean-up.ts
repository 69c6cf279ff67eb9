import { lookAtPorts } from "../ports/look-at-ports.ts";
import { scanPorts } from "../ports/port-scan.ts";
import type { DoctorWorld } from "./doctor-world.ts";
import { observeIfReadable } from "../readable-services.ts";
import { patrol } from "./patrol.ts";
import type { Stale } from "./stale-tracking.ts";

/** What a clean-up removed. */
export interface CleanedUp {
  readonly stale: readonly Stale[];
  /** Names of services that had crashed. */
  readonly crashed: readonly string[];
}

/**
 * The patrol, and beyond it services that ended without being told to: their folders with their logs go.
 * One that was stopped stays, and so does one that will be started again.
 * @param all whether also those go whose port another process has
 * @throws TetraError `SERVICE_BUSY`
 */
export async function cleanUp(
  world: DoctorWorld,
  { all }: { readonly all: boolean },
): Promise<CleanedUp> {
  const stale = await patrol(world);
  const { services, platform } = world;
  const held = new Set(
    scanPorts(lookAtPorts(services, platform)).flatMap(({ state, service }) =>
      state === "leaked" ? (service?.name ?? []) : [],
    ),
  );
  const crashed: string[] = [];
  for (const name of services.names()) {
    const run = held.has(name) && !all ? undefined : crashedRun(world, name);
    if (run === undefined) continue;
    if (await services.remove(name, { onlyIfOver: run })) crashed.push(name);
  }
  return { stale, crashed };
}

/** The generation of its last run, if that has crashed. */
function crashedRun({ services }: DoctorWorld, name: string): number | undefined {
  const service = observeIfReadable(services, name);
  return service?.status === "crashed" ? service.meta.generation : undefined;
}
