import type { Dependency } from "../care/service-care.ts";
import type { RememberedHealth } from "../files/supervision-file.ts";
import type { ServiceState } from "../run/observe.ts";

/** What is known of a service that others may wait for. */
export interface Awaited {
  readonly dependsOn: readonly Dependency[];
  readonly state: ServiceState;
  /** Whether its last run ended well. */
  readonly endedWell: boolean;
  /** Whether it is probed at all. */
  readonly isProbed: boolean;
  readonly health: RememberedHealth["state"];
}

/**
 * What a service still waits for before it may start. A dependency that leads back to the service is not
 * waited for: neither would ever start. One that is not there is. Pure.
 */
export function waitsFor(
  name: string,
  find: (name: string) => Awaited | undefined,
): readonly Dependency[] {
  const wanted = find(name)?.dependsOn ?? [];
  return wanted.filter(
    (dependency) => !isMet(dependency, find) && !leadsTo(dependency.name, name, find),
  );
}

function isMet(
  { name, condition }: Dependency,
  find: (name: string) => Awaited | undefined,
): boolean {
  const service = find(name);
  if (service === undefined) return false;
  const isOnline = service.state === "online";
  switch (condition) {
    case "started":
      return isOnline;
    case "healthy":
      return isOnline && (!service.isProbed || service.health === "healthy");
    case "completed":
      return service.endedWell;
  }
}

function leadsTo(
  from: string,
  to: string,
  find: (name: string) => Awaited | undefined,
  seen: Set<string> = new Set(),
): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return (find(from)?.dependsOn ?? []).some(({ name }) => leadsTo(name, to, find, seen));
}
