import { isTetraError } from "@tetra/errors";
import type { Service } from "@tetra/tsm";
import type { ServiceCaller } from "./service-caller.ts";

/** A service by its whole name; `undefined`: there is none. @throws TetraError `INVALID_META` */
export function serviceAt(
  { services }: Pick<ServiceCaller, "services">,
  name: string,
): Service | undefined {
  try {
    return services.observe(name);
  } catch (error) {
    if (isTetraError(error, "SERVICE_NOT_FOUND")) return undefined;
    throw error;
  }
}
