import { isSystemError, isTemporaryName } from "@tetra/durable-fs";
import { basename, join } from "node:path/posix";
import { layoutOf, servicePaths } from "../files/layout.ts";
import { isLocked } from "../files/service-lock.ts";
import { isServiceName } from "../files/service-name.ts";
import { isHeld, parseAllocations } from "../ports/port-allocations.ts";
import { readLedger } from "../ports/port-ledger.ts";
import { textOf } from "../ports/port-store.ts";
import { trackedServices } from "../ports/tracked-service.ts";
import type { DoctorWorld } from "./doctor-world.ts";
import { pidLives } from "../files/pid-file.ts";
import { type Stale, staleness, type Tracked } from "./stale-tracking.ts";

/** Everything that is stale now. Changes nothing. */
export function findStale(world: DoctorWorld): readonly Stale[] {
  const { clock, platform, ports, services } = world;
  const tracked = trackedServices(services);
  const names = new Set(services.names());
  const ids = new Set(tracked.map(({ id }) => id).filter((id) => id !== undefined));
  const nowMs = clock.now();
  const files = trackedFiles(world).flatMap((entry): readonly Stale[] => {
    const why = staleness(entry, { nowMs, ids });
    return why === undefined ? [] : [staleOf(entry, why)];
  });
  const rows = readLedger(ports)
    .filter(({ id, name }) => !names.has(name) && !ids.has(id))
    .map(({ id, name }): Stale => ({
      type: "port-row",
      id,
      name,
      why: "there is no such service",
    }));
  const allocations = parseAllocations(textOf(ports.fs, ports.allocations))
    .filter((one) => !isHeld(one, platform))
    .map(({ port, name }): Stale => ({
      type: "allocation",
      port,
      name,
      why: "who asked for it is no more",
    }));
  return [...files, ...rows, ...allocations];
}

function staleOf(entry: Tracked, why: string): Stale {
  const { path } = entry;
  switch (entry.type) {
    case "folder":
      return { type: "folder", path, name: entry.name, why };
    case "pid-file":
      return {
        type: "pid-file",
        path,
        why,
        ...(entry.name === undefined ? {} : { name: entry.name }),
      };
    case "reservation":
    case "temporary":
      return { type: entry.type, path, why };
  }
}

const RESERVED = /^\.reserved-([0-9]*)$/;

function trackedFiles(world: DoctorWorld): readonly Tracked[] {
  const { processes } = layoutOf(world.folder);
  const runtime = join(world.folder, "runtime");
  const entries = namesIn(world, processes);
  return [
    ...entries.flatMap((name) => reservationAt(world, join(processes, name))),
    ...entries.filter(isServiceName).flatMap((name) => trackedOfService(world, name)),
    ...["", "ports", "processes", "daemon"].flatMap((name) =>
      temporariesIn(world, join(runtime, name)),
    ),
    ...namesIn(world, join(runtime, "pids"))
      .filter((name) => name.endsWith(".pid"))
      .flatMap((name) => pidFileAt(world, join(runtime, "pids", name), {})),
  ];
}

function reservationAt({ fs }: DoctorWorld, path: string): readonly Tracked[] {
  const [isReservation, id = ""] = RESERVED.exec(basename(path)) ?? [];
  const stat = fs.stat(path);
  if (isReservation === undefined || stat === undefined) return [];
  const known = id === "" ? undefined : Number(id);
  return [{ type: "reservation", path, id: known, mtimeMs: stat.mtimeMs }];
}

function trackedOfService(world: DoctorWorld, name: string): readonly Tracked[] {
  const { fs, folder } = world;
  const paths = servicePaths(layoutOf(folder), name);
  const stat = fs.stat(paths.folder);
  if (stat?.kind !== "folder") return [];
  const locked = isLocked(fs, paths.lock);
  const others = namesIn(world, paths.folder).filter((one) => one !== "lock");
  const inside = others.map((one) => fs.stat(join(paths.folder, one))?.mtimeMs ?? 0);
  const isFlat = fs.stat(`${paths.folder}.meta`) !== undefined;
  const entry: Tracked = {
    type: "folder",
    path: paths.folder,
    name,
    hasMeta: fs.stat(paths.meta) !== undefined || isFlat,
    isEmpty: others.length === 0,
    mtimeMs: Math.max(stat.mtimeMs, ...inside),
    isLocked: locked,
    isAlive: pidLives(world, paths.pid),
  };
  if (!entry.hasMeta) return [entry];
  return [
    ...pidFileAt(world, paths.pid, { name, isLocked: locked }),
    ...temporariesIn(world, paths.folder, locked),
  ];
}

function temporariesIn(world: DoctorWorld, folder: string, locked = false): readonly Tracked[] {
  return namesIn(world, folder)
    .filter(isTemporaryName)
    .flatMap((name): readonly Tracked[] => {
      const path = join(folder, name);
      const stat = world.fs.stat(path);
      if (stat?.kind !== "file") return [];
      return [{ type: "temporary", path, mtimeMs: stat.mtimeMs, isLocked: locked }];
    });
}

function pidFileAt(
  world: DoctorWorld,
  path: string,
  about: { readonly name?: string; readonly isLocked?: boolean },
): readonly Tracked[] {
  const stat = world.fs.stat(path);
  if (stat?.kind !== "file") return [];
  const { name, isLocked: locked = false } = about;
  const isAlive = pidLives(world, path);
  const known = name === undefined ? {} : { name };
  return [{ type: "pid-file", path, ...known, isAlive, isLocked: locked, mtimeMs: stat.mtimeMs }];
}

function namesIn({ fs }: Pick<DoctorWorld, "fs">, folder: string): readonly string[] {
  try {
    return fs.names(folder).toSorted();
  } catch (error) {
    if (isSystemError(error) && ["ENOENT", "ENOTDIR"].includes(error.code)) return [];
    throw error;
  }
}
