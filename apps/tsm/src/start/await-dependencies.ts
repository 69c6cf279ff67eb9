import { isTetraError, TetraError } from "@tetra/errors";
import { type Service, type Services, type ServiceSpec, systemClock } from "@tetra/tsm";
import type { App } from "../app.ts";
import { keptEnvironment } from "../kept-environment.ts";

/** Who waits, and where. */
export interface Waiting {
  readonly app: Pick<App, "places">;
  readonly services: Services;
  /** Ends the wait, with `NOT_READY`. */
  readonly asked: AbortSignal;
}

/**
 * Returns when a service may start, because everything that it depends on is as it must be. What does not
 * run will not come to that by itself: then it is refused.
 * @throws TetraError `NOT_READY`
 */
export async function awaitDependencies(
  { app, services, asked }: Waiting,
  { name, care }: ServiceSpec,
): Promise<void> {
  const { dependsOn = [] } = care ?? {};
  if (dependsOn.length === 0) return;
  const { serviceCondition } = await import("@tetra/tsm/definitions");
  const parts = {
    services,
    clock: systemClock,
    environmentOf: (other: string) => keptEnvironment(app.places().folder, other) ?? {},
  };
  for (const { name: other, condition } of dependsOn) {
    if (!isThere(services, other) && condition !== "completed") {
      throw notReady(name, `${other}, which it depends on, does not run`, other);
    }
    try {
      await Promise.race([serviceCondition(parts, other, condition), aborted(asked)]);
    } catch (error) {
      if (isTetraError(error, "NOT_READY")) throw notReady(name, error.message, other);
      if (isTetraError(error, "SERVICE_NOT_FOUND")) {
        throw notReady(name, `${other}, which it depends on, was never started`, other);
      }
      throw error;
    }
  }
}

function isThere(services: Services, name: string): boolean {
  let service: Service;
  try {
    service = services.observe(name);
  } catch (error) {
    if (isTetraError(error, "SERVICE_NOT_FOUND")) return false;
    throw error;
  }
  return service.observed.main !== undefined || service.status === "backing off";
}

function aborted(asked: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(new TetraError("NOT_READY", "nobody waits for it any more"));
    if (asked.aborted) end();
    else asked.addEventListener("abort", end, { once: true });
  });
}

function notReady(name: string, why: string, other: string): TetraError {
  return new TetraError("NOT_READY", `${name} was not started: ${why}`, {
    hint: `look at ${other}: tsm info ${other}`,
    details: { name, other },
  });
}
