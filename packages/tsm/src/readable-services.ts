import { isTetraError } from "@tetra/errors";
import type { Service, Services } from "./services.ts";

/** What looking at a service needs. */
type Observing = Pick<Services, "names" | "observe">;

/**
 * Observes a service for a look at many: `undefined` for one that was removed meanwhile, or whose file is
 * broken. Whoever asks for that one by name is told why.
 */
export function observeIfReadable(
  services: Pick<Services, "observe">,
  name: string,
): Service | undefined {
  try {
    return services.observe(name);
  } catch (error) {
    if (isTetraError(error, "SERVICE_NOT_FOUND") || isTetraError(error, "INVALID_META")) {
      return undefined;
    }
    throw error;
  }
}

/** All services that can be read, as they are at this moment. */
export function readableServices(services: Observing): readonly Service[] {
  return services.names().flatMap((name) => observeIfReadable(services, name) ?? []);
}
