import { join } from "node:path/posix";
import { makeFolders, nodeFileSystem } from "@tetra/durable-fs";
import { type Clock, systemClock } from "../clock.ts";
import { layoutOf, servicePaths } from "../files/layout.ts";
import { waitForLock } from "../files/service-lock.ts";
import { isServiceName } from "../files/service-name.ts";
import { takenNames } from "../files/store.ts";
import { removeClaim } from "../run/remove.ts";
import type { LaunchHost } from "./launch-host.ts";
import type { Launch, LaunchRequest } from "./launch-request.ts";
import { planLaunch } from "./plan-launch.ts";

/** Planning and a folder take a millisecond; many may wait for each other. */
const LOCK_TIMEOUT_MS = 10_000;

/**
 * Plans like {@link planLaunch}, for a start that follows at once. A name that ends in the time is claimed
 * by its folder while nobody else chooses one: of several that ask for one name at the same moment, on
 * both sides of a second, all get the same; and what was not named gets a name of its own each time.
 * @throws TetraError `SERVICE_BUSY` after 10 s, and what `planLaunch` throws
 */
export async function planAndClaim(
  host: LaunchHost,
  request: LaunchRequest,
  clock: Clock = systemClock,
): Promise<readonly Launch[]> {
  const planned = planLaunch(host, request);
  if (!planned.some(isNamedByTime)) return planned;
  const fs = nodeFileSystem();
  const layout = layoutOf(join(host.tetraDir, "tsm"));
  makeFolders(fs, layout.processes, { durable: true });
  const lock = await waitForLock({
    fs,
    clock,
    path: layout.nameLock,
    what: "the names of services",
    timeoutMs: LOCK_TIMEOUT_MS,
  });
  try {
    const known = [...new Set([...host.serviceNames(), ...takenNames({ fs, layout })])].toSorted();
    // with the names that were claimed meanwhile
    const launches = planLaunch({ ...host, serviceNames: () => known }, request);
    for (const { spec } of launches.filter(isNamedByTime)) {
      // any other is refused by its start
      if (!isServiceName(spec.name)) continue;
      makeFolders(fs, servicePaths(layout, spec.name).folder, { durable: false });
    }
    return launches;
  } finally {
    lock.release();
  }
}

/** Gives the name of a launch back that is not carried out after all; a start that fails does so itself. */
export function giveUpClaim(
  { tetraDir }: Pick<LaunchHost, "tetraDir">,
  { spec }: Pick<Launch, "spec">,
): void {
  removeClaim({ fs: nodeFileSystem(), layout: layoutOf(join(tetraDir, "tsm")) }, spec.name);
}

function isNamedByTime({ isNamedByTime: isTimed = false }: Launch): boolean {
  return isTimed;
}
