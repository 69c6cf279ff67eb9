import { TetraError } from "@tetra/errors";
import type { PortsErrorCode } from "./errors.ts";
import type { PortRange } from "./ports-config.ts";

/** What to choose from. */
export interface PortChoice {
  readonly range: PortRange;
  readonly count: number;
  readonly isTaken: (port: number) => boolean;
}

/**
 * The lowest ports of a range that nobody has.
 * @throws TetraError `NO_FREE_PORT` when there are not so many.
 */
export function freePorts({ range, count, isTaken }: PortChoice): readonly number[] {
  const ports: number[] = [];
  for (let port = range.from; port <= range.to && ports.length < count; port += 1) {
    if (!isTaken(port)) ports.push(port);
  }
  if (ports.length === count) return ports;
  const { name, from, to } = range;
  throw new TetraError<PortsErrorCode>(
    "NO_FREE_PORT",
    `${from}-${to} (${name}): ${ports.length} of ${count} wanted ports are free`,
    { hint: "use another range, or stop what you do not need", details: { range: name, from, to } },
  );
}
