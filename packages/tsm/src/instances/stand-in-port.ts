import { TetraError } from "@tetra/errors";
import type { Platform } from "../platform/platform.ts";
import type { InstancesErrorCode } from "./errors.ts";
import type { InstalledSite } from "./nginx-folder.ts";
import type { Routed } from "./routed.ts";

/** Below the ports that systems give to outgoing connections. */
const STAND_IN_PORTS = { from: 20_000, count: 10_000 } as const;

/** Among what a port is chosen. */
export interface PortsInUse {
  readonly platform: Pick<Platform, "listeners">;
  /** The ports that services and other sites' stand-ins have, whether or not they run. */
  readonly reserved: () => ReadonlySet<number | undefined>;
}

/** A site with a port for a stand-in, if it has one instance; another, if that one is taken. */
export function withStandInPort(
  site: InstalledSite,
  { members, standIn }: Routed,
  inUse: PortsInUse,
): InstalledSite {
  if (members.length !== 1) return site;
  const port =
    standIn?.isUp === true && standIn.port !== undefined ? standIn.port : freePort(site, inUse);
  return port === undefined ? site : { ...site, standInPort: port };
}

function freePort(
  { name, standInPort }: InstalledSite,
  { platform, reserved }: PortsInUse,
): number | undefined {
  const isFree = (port: number): boolean => platform.listeners(port).length === 0;
  if (standInPort !== undefined && isFree(standInPort)) return standInPort;
  const taken = reserved();
  return portsFor(name).find((port) => !taken.has(port) && isFree(port));
}

/** In which order ports are tried for a stand-in: each name begins elsewhere. */
function portsFor(name: string): readonly number[] {
  const { from, count } = STAND_IN_PORTS;
  const start = [...Buffer.from(name)].reduce((sum, byte) => (sum * 31 + byte) % count, 7);
  return Array.from({ length: count }, (_, index) => from + ((start + index) % count));
}

/** The refusal of a stand-in that no port is free for. */
export function noStandInPort(name: string): TetraError<InstancesErrorCode> {
  return new TetraError("NO_PORT", `${name}: no port is free for a stand-in`, {
    hint: `free one from ${STAND_IN_PORTS.from} on`,
  });
}
