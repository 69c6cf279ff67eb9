import type { Platform, ProcessEntry, ProcessId } from "../platform/platform.ts";
import { COOKIE } from "../run/shim.ts";
import type { Services } from "../services.ts";
import { type TrackedService, trackedServices } from "./tracked-service.ts";

/** Somebody who listens on a TCP port. */
export interface Listening {
  readonly port: number;
  /** Absent: another user's process, which the system does not tell. */
  readonly pid?: number;
  /** The service that the process belongs to. */
  readonly owner?: TrackedService;
  /** The `TETRA_DIR` of the process, when it is a service and none of these. */
  readonly home?: string;
}

/** Services and listeners at one moment. */
export interface PortLook {
  readonly services: readonly TrackedService[];
  readonly listening: readonly Listening[];
}

/** Looks at every service and every listener once. */
export function lookAtPorts(services: Services, platform: Platform): PortLook {
  const listeners = platform.listeners();
  // after the listeners: a service that started in between is known, not taken for a stranger
  const tracked = trackedServices(services);
  const ownerOf = owners(tracked, platform);
  const listening = listeners.map(({ port, pid }): Listening => {
    if (pid === undefined) return { port };
    const { owner, home } = ownerOf(pid);
    if (owner !== undefined) return { port, pid, owner };
    return home === undefined ? { port, pid } : { port, pid, home };
  });
  return { services: tracked, listening };
}

/**
 * Whose a process is: by the cookie in its environment, else by whose descendant it is. One with a cookie
 * that none of these services has belongs to somebody else, whoever its parent is.
 */
function owners(
  tracked: readonly TrackedService[],
  platform: Platform,
): (pid: number) => Pick<Listening, "owner" | "home"> {
  const cookies = new Map(
    tracked.filter(({ cookie }) => cookie !== "").map((service) => [service.cookie, service]),
  );
  const processes = new Map(
    tracked.flatMap((service) =>
      [service.main, service.shim]
        .filter((id) => id !== undefined)
        .map((id): [string, TrackedService] => [keyOf(id), service]),
    ),
  );
  const table = new Map(platform.processes().map((entry) => [entry.pid, entry]));
  const byDescent = (
    entry: ProcessEntry | undefined,
    levels: number,
  ): TrackedService | undefined => {
    if (entry === undefined || levels > table.size) return undefined;
    return processes.get(keyOf(entry)) ?? byDescent(table.get(entry.parent), levels + 1);
  };
  return (pid) => {
    const entry = table.get(pid);
    if (entry === undefined) return {};
    const cookie = platform.environmentValue(entry, COOKIE);
    const owner = cookie === undefined ? byDescent(entry, 0) : cookies.get(cookie);
    if (owner !== undefined) return { owner };
    const home = cookie === undefined ? undefined : platform.environmentValue(entry, "TETRA_DIR");
    return home === undefined ? {} : { home };
  };
}

function keyOf({ pid, start }: ProcessId): string {
  return `${pid} ${start}`;
}
