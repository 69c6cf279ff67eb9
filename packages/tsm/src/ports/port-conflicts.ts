import { freePorts } from "./free-ports.ts";
import type { PortLook } from "./look-at-ports.ts";
import { type PortRange, type PortsConfig, reservedAs } from "./ports-config.ts";

/** Something that cannot all have the port it wants. */
export type PortConflict =
  /** Names of `ports.toml` with one port. */
  | { readonly type: "names"; readonly port: number; readonly names: readonly string[] }
  /** A name whose port is reserved. */
  | {
      readonly type: "reserved";
      readonly port: number;
      readonly name: string;
      readonly group: string;
    }
  /** Services that say they listen on the same port; one at most can. */
  | { readonly type: "services"; readonly port: number; readonly names: readonly string[] }
  /** A running service whose port another process has. */
  | {
      readonly type: "holder";
      readonly port: number;
      readonly name: string;
      readonly pid: number | undefined;
    };

/** Every conflict, by port. */
export function portConflicts(config: PortsConfig, look: PortLook): readonly PortConflict[] {
  const named = shared([...config.ports].map(([name, port]) => ({ name, port })));
  const declared = shared(
    look.services.flatMap(({ name, port }) => (port === undefined ? [] : [{ name, port }])),
  );
  const reserved = [...config.ports].flatMap(([name, port]): readonly PortConflict[] => {
    const group = reservedAs(config, port);
    return group === undefined ? [] : [{ type: "reserved", port, name, group }];
  });
  const held = look.services.flatMap(({ name, port, isRunning }): readonly PortConflict[] => {
    const holders = look.listening.filter((one) => isRunning && one.port === port);
    const [holder] = holders;
    const isOurs = holders.some(({ owner }) => owner?.name === name);
    if (port === undefined || holder === undefined || isOurs) return [];
    return [{ type: "holder", port, name, pid: holder.pid }];
  });
  return [
    ...named.map(({ port, names }): PortConflict => ({ type: "names", port, names })),
    ...reserved,
    ...declared.map(({ port, names }): PortConflict => ({ type: "services", port, names })),
    ...held,
  ].toSorted((a, b) => a.port - b.port);
}

interface Wanted {
  readonly name: string;
  readonly port: number;
}

function shared(
  wanted: readonly Wanted[],
): readonly { readonly port: number; readonly names: readonly string[] }[] {
  const byPort = new Map<number, readonly string[]>();
  for (const { name, port } of wanted) byPort.set(port, [...(byPort.get(port) ?? []), name]);
  return [...byPort]
    .filter(([, names]) => names.length > 1)
    .map(([port, names]) => ({ port, names }));
}

/** A conflict in one line. */
export function conflictText(conflict: PortConflict): string {
  const { port } = conflict;
  switch (conflict.type) {
    case "names":
      return `port ${port} is assigned to ${conflict.names.join(", ")}`;
    case "reserved":
      return `port ${port} of ${conflict.name} is reserved (${conflict.group})`;
    case "services":
      return `services ${conflict.names.join(", ")} all declare port ${port}`;
    case "holder":
      return `port ${port} of ${conflict.name} is taken by ${
        conflict.pid === undefined ? "another user's process" : `pid ${conflict.pid}`
      }`;
  }
}

/** A name that gets another port. */
export interface PortMove {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/**
 * How `ports.toml` is freed of conflicts: of names with one port the first keeps it; the others, and
 * those on reserved ports, get the lowest free port of the range theirs was in.
 * @param isTaken whether a port is in use in any other way
 * @throws TetraError `NO_FREE_PORT`
 */
export function resolveConflicts(
  config: PortsConfig,
  isTaken: (port: number) => boolean,
): readonly PortMove[] {
  const given = new Set<number>();
  const all = new Set(config.ports.values());
  return [...config.ports].flatMap(([name, from]): readonly PortMove[] => {
    if (!given.has(from) && reservedAs(config, from) === undefined) {
      given.add(from);
      return [];
    }
    const [to = from] = freePorts({
      range: rangeAround(config, from),
      count: 1,
      isTaken: (port) =>
        all.has(port) || given.has(port) || reservedAs(config, port) !== undefined || isTaken(port),
    });
    given.add(to);
    return [{ name, from, to }];
  });
}

function rangeAround({ ranges }: PortsConfig, port: number): PortRange {
  const around = ranges.find(({ from, to }) => port >= from && port <= to);
  return around ?? ranges[0] ?? { name: "unprivileged", from: 1024, to: 65_535 };
}
