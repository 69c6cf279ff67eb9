import { TetraError } from "@tetra/errors";
import type { Platform } from "../platform/platform.ts";
import type { Services } from "../services.ts";
import { editPortsToml } from "./edit-ports-toml.ts";
import type { PortsErrorCode } from "./errors.ts";
import { freePorts, type PortChoice } from "./free-ports.ts";
import { formatAllocations, heldPorts } from "./port-allocations.ts";
import { readLedger } from "./port-ledger.ts";
import { type PortMove, resolveConflicts } from "./port-conflicts.ts";
import { parsePort } from "./port-number.ts";
import {
  DEFAULT_RANGES,
  parsePortsConfig,
  type PortRange,
  type PortsConfig,
  rangeOf,
  reservedAs,
} from "./ports-config.ts";
import { type PortStore, textOf, withPortLock, writeBook, writeConfig } from "./port-store.ts";
import { trackedServices } from "./tracked-service.ts";

/** What `ports.toml` says; the defaults where there is none. @throws TetraError `INVALID_PORTS_FILE` */
export function readPortsConfig({ fs, config }: PortStore): PortsConfig {
  return parsePortsConfig(textOf(fs, config), config);
}

/**
 * Gives a name a port in `ports.toml`.
 * @returns the port it had before, if any.
 * @throws TetraError `INVALID_PORT`, `PORT_ASSIGNED`, `INVALID_PORTS_FILE`, `SERVICE_BUSY`
 */
export async function setNamedPort(
  store: PortStore,
  name: string,
  port: number,
): Promise<number | undefined> {
  checkName(name);
  parsePort(String(port));
  return withPortLock(store, () => {
    const config = readPortsConfig(store);
    checkUnassigned(config, name, port);
    edit(store, name, port);
    return config.ports.get(name);
  });
}

/**
 * Takes a name out of `ports.toml`.
 * @returns the port it had.
 * @throws TetraError `NAMED_PORT_NOT_FOUND`, `INVALID_PORTS_FILE`, `SERVICE_BUSY`
 */
export async function removeNamedPort(store: PortStore, name: string): Promise<number> {
  return withPortLock(store, () => {
    const port = requireNamed(readPortsConfig(store), name);
    edit(store, name, undefined);
    return port;
  });
}

/** The port of a name in `ports.toml`. @throws TetraError `NAMED_PORT_NOT_FOUND` */
export function requireNamed({ ports }: PortsConfig, name: string): number {
  const port = ports.get(name);
  if (port !== undefined) return port;
  throw new TetraError<PortsErrorCode>("NAMED_PORT_NOT_FOUND", `no port is named "${name}"`, {
    hint: ports.size === 0 ? "name one first" : `names are ${[...ports.keys()].join(", ")}`,
    details: { name },
  });
}

/** What is looked at to tell whether a port is free. */
export interface PortWorld {
  readonly store: PortStore;
  readonly services: Services;
  readonly platform: Platform;
}

/**
 * Gives a name the lowest free port of a range in `ports.toml`; one that has a port keeps it. Processes
 * that allocate at the same moment get different ports.
 * @param range its name. Default: the first, `development`
 * @throws TetraError `INVALID_PORT` for an unknown range, `NO_FREE_PORT`, `INVALID_PORTS_FILE`, `SERVICE_BUSY`
 */
export async function allocateNamedPort(
  world: PortWorld,
  name: string,
  range?: string,
): Promise<number> {
  checkName(name);
  const { store } = world;
  return withPortLock(store, () => {
    const config = readPortsConfig(store);
    const given = config.ports.get(name);
    if (given !== undefined) return given;
    const from = range === undefined ? config.ranges[0] : rangeOf(config, range);
    const [port = 0] = chooseFree(world, config, { range: from ?? DEFAULT_RANGE, count: 1 });
    edit(store, name, port);
    return port;
  });
}

const [DEFAULT_RANGE = { name: "development", from: 3000, to: 3999 }] = DEFAULT_RANGES;

/** Which ports are wanted for the moment. */
export interface PortWish {
  /** For what: a service's name. */
  readonly name: string;
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Holds the lowest free ports of a range for this process, as long as it lives: for services that it is
 * about to start, and whose `meta.json` will say so then.
 * @throws TetraError `NO_FREE_PORT`, `INVALID_PORTS_FILE`, `SERVICE_BUSY`
 */
export async function reservePorts(
  world: PortWorld,
  { name, count, from, to }: PortWish,
): Promise<readonly number[]> {
  const { store, platform } = world;
  return withPortLock(store, () => {
    const range: PortRange = { name: `${from}-${to}`, from, to };
    const ports = chooseFree(world, readPortsConfig(store), { range, count });
    const held = heldPorts(store, platform);
    const atS = Math.floor(store.clock.now() / 1000);
    const ours = ports.map((port) => ({ port, name, pid: process.pid, atS }));
    writeBook(store.fs, store.allocations, formatAllocations([...held, ...ours]));
    return ports;
  });
}

/**
 * Frees `ports.toml` of conflicts: of names with one port the first keeps it; the others, and those on
 * reserved ports, get the lowest free port of the range theirs was in.
 * @throws TetraError `NO_FREE_PORT`, `INVALID_PORTS_FILE`, `SERVICE_BUSY`; nothing is changed then
 */
export async function fixPortConflicts(world: PortWorld): Promise<readonly PortMove[]> {
  const { fs, config: path } = world.store;
  return withPortLock(world.store, () => {
    const config = readPortsConfig(world.store);
    const taken = takenPorts(world);
    const moves = resolveConflicts(config, (port) => taken.has(port));
    const before = textOf(fs, path);
    const after = moves.reduce(
      (text, { name, to }) => editPortsToml(text, path, { name, port: to }),
      before,
    );
    if (after !== before) writeConfig(fs, path, after);
    return moves;
  });
}

/** The caller holds the lock. */
function chooseFree(
  world: PortWorld,
  config: PortsConfig,
  choice: Omit<PortChoice, "isTaken">,
): readonly number[] {
  const taken = takenPorts(world);
  const assigned = new Set(config.ports.values());
  const isTaken = (port: number): boolean =>
    taken.has(port) || assigned.has(port) || reservedAs(config, port) !== undefined;
  return freePorts({ ...choice, isTaken });
}

/** Ports that are in use, or will be, whatever `ports.toml` says. */
function takenPorts({ store, services, platform }: PortWorld): ReadonlySet<number | undefined> {
  return new Set([
    ...trackedServices(services).map(({ port }) => port),
    ...readLedger(store).map(({ declared }) => declared),
    ...heldPorts(store, platform).map(({ port }) => port),
    ...platform.listeners().map(({ port }) => port),
  ]);
}

/** @throws TetraError `PORT_ASSIGNED` */
function checkUnassigned(config: PortsConfig, name: string, port: number): void {
  const other = [...config.ports].find(([known, has]) => has === port && known !== name)?.[0];
  const group = reservedAs(config, port);
  if (other === undefined && group === undefined) return;
  const whose =
    other === undefined ? `is reserved (${group})` : `is already assigned to "${other}"`;
  throw new TetraError<PortsErrorCode>("PORT_ASSIGNED", `port ${port} ${whose}`, {
    hint: "choose another, or allocate one",
    details: { port, name, ...(other === undefined ? { group } : { other }) },
  });
}

/** @throws TetraError `INVALID_PORT` */
function checkName(name: string): void {
  const isName = name.trim() !== "" && !/\p{Cc}/u.test(name) && !/^[0-9]+$/.test(name);
  if (isName) return;
  throw new TetraError<PortsErrorCode>(
    "INVALID_PORT",
    `${JSON.stringify(name)} cannot name a port`,
    { hint: "use a word, such as the service's name", details: { name } },
  );
}

function edit({ fs, config }: PortStore, name: string, port: number | undefined): void {
  const before = textOf(fs, config);
  const after = editPortsToml(before, config, { name, port });
  if (after !== before) writeConfig(fs, config, after);
}
