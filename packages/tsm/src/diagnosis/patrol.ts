import { removeTree, tryLockFile } from "@tetra/durable-fs";
import { layoutOf, servicePaths } from "../files/layout.ts";
import { formatAllocations, heldPorts } from "../ports/port-allocations.ts";
import { scanIntoLedger } from "../ports/scan-into-ledger.ts";
import { withPortLock, writeBook } from "../ports/port-store.ts";
import type { DoctorWorld } from "./doctor-world.ts";
import { findStale } from "./find-stale.ts";
import { pidLives } from "../files/pid-file.ts";
import type { Stale } from "./stale-tracking.ts";

// P1. What is being acted on is left alone: a service's files are removed under its lock, after looking
//     again.
// P2. A service with metadata keeps its folder, however it ended: only a person removes it.

/** How to go on patrol. */
export interface PatrolOptions {
  /** Only say what would be removed. */
  readonly dryRun?: boolean;
}

/**
 * Removes stale tracking.
 * @returns what was removed, or with `dryRun` would be
 * @throws TetraError `SERVICE_BUSY` when somebody has the books about ports for too long
 */
export async function patrol(
  world: DoctorWorld,
  { dryRun = false }: PatrolOptions = {},
): Promise<readonly Stale[]> {
  const found = findStale(world);
  if (dryRun) return found;
  const removed = found.filter((stale) => removeFile(world, stale));
  const { ports, services, platform } = world;
  const isBook = ({ type }: Stale): boolean => type === "port-row" || type === "allocation";
  if (found.some(({ type }) => type === "port-row"))
    await scanIntoLedger(ports, services, platform);
  if (found.some(({ type }) => type === "allocation")) await dropAllocations(world);
  return [...removed, ...found.filter(isBook)];
}

function removeFile(world: DoctorWorld, stale: Stale): boolean {
  const { fs } = world;
  switch (stale.type) {
    case "port-row":
    case "allocation":
      return false;
    case "reservation":
    case "temporary":
      removeTree(fs, stale.path);
      return true;
    case "folder":
      return underLock(world, stale.name, () => {
        const { meta } = servicePaths(layoutOf(world.folder), stale.name);
        if (fs.stat(meta) !== undefined) return false;
        removeTree(fs, stale.path);
        return true;
      });
    case "pid-file": {
      const remove = (): boolean => {
        if (pidLives(world, stale.path)) return false;
        removeTree(fs, stale.path);
        return true;
      };
      return stale.name === undefined ? remove() : underLock(world, stale.name, remove);
    }
  }
}

/** `false` when somebody acts on the service: they know better (P1). */
function underLock({ fs, folder }: DoctorWorld, name: string, act: () => boolean): boolean {
  const { lock: path } = servicePaths(layoutOf(folder), name);
  const lock = tryLockFile(fs, path, { offset: 0, length: 1 });
  if (lock === undefined) return false;
  try {
    return act();
  } finally {
    lock.release();
  }
}

async function dropAllocations({ ports, platform }: DoctorWorld): Promise<void> {
  await withPortLock(ports, () => {
    const held = heldPorts(ports, platform);
    writeBook(ports.fs, ports.allocations, formatAllocations(held));
  });
}
