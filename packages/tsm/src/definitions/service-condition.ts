import { TetraError } from "@tetra/errors";
import { probe } from "../care/run-probe.ts";
import type { DependencyCondition, HealthCheck } from "../care/service-care.ts";
import type { Clock } from "../clock.ts";
import type { TsmErrorCode } from "../errors.ts";
import type { ServiceEnvironment } from "../files/store.ts";
import { describeExit } from "../run/start-failure.ts";
import type { Service, Services } from "../services.ts";
import { isSuccess } from "../supervise/restart-policy.ts";

/** What waiting takes. */
export interface ConditionParts {
  readonly services: Services;
  readonly clock: Clock;
  /** What a service was started with, for probes that are commands. */
  readonly environmentOf: (name: string) => ServiceEnvironment;
}

/** Who waits for health asks more often than the service's own interval says. */
const MOST_PAUSE_MS = 500;
/** A change is told by the file system; should that be missed, it is seen within this. */
const LOOK_AGAIN_MS = 1000;

/**
 * Returns when a service has come to a condition.
 * @throws TetraError `NOT_READY` when it will not, with the reason; `SERVICE_NOT_FOUND`
 */
export async function serviceCondition(
  parts: ConditionParts,
  name: string,
  condition: DependencyCondition,
): Promise<void> {
  switch (condition) {
    case "started":
      return;
    case "healthy":
      return untilHealthy(parts, name);
    case "completed":
      return untilCompleted(parts, name);
  }
}

/** Whether a service has ended by itself, and well; what is always restarted is never through. */
export function hasCompleted({ meta, observed: { state, exit } }: Service): boolean {
  const isOver = state === "stopped" || state === "crashed";
  const wasTold = meta.stopped_generation === meta.generation;
  const isForEver = meta.restart_policy.restart === "always";
  if (!isOver || wasTold || isForEver || exit === undefined) return false;
  return isSuccess(meta.restart_policy, exit);
}

async function untilCompleted(parts: ConditionParts, name: string): Promise<void> {
  await lookUntil(parts, name, (service) => {
    if (hasCompleted(service)) return true;
    refuseEnded(service, "complete");
    return false;
  });
}

async function untilHealthy(parts: ConditionParts, name: string): Promise<void> {
  await lookUntil(parts, name, (service) => {
    refuseEnded(service, "get healthy");
    return service.observed.state === "online"; // it is not before it is ready
  });
  const { meta } = parts.services.observe(name);
  const { health } = meta.care;
  if (health === undefined) return;
  const environment = parts.environmentOf(name);
  const deadlineMs = parts.clock.now() + patienceMs(health);
  for (let good = 0; good < health.successes;) {
    refuseEnded(parts.services.observe(name), "get healthy");
    const { timeoutMs } = health;
    const { ok, why } = await probe(health.probe, { timeoutMs, cwd: meta.cwd, environment });
    good = ok ? good + 1 : 0;
    if (!ok && parts.clock.now() > deadlineMs) throw notMet(name, `is not healthy: ${why ?? ""}`);
    if (good < health.successes)
      await parts.clock.sleep(Math.min(health.intervalMs, MOST_PAUSE_MS));
  }
}

/** As long as it would be given before it counts as unhealthy. */
function patienceMs({ graceMs, failures, intervalMs }: HealthCheck): number {
  return graceMs + failures * intervalMs;
}

/** Looks now and after each change. */
async function lookUntil(
  { services, clock }: ConditionParts,
  name: string,
  isThere: (service: Service) => boolean,
): Promise<void> {
  let wake = (): void => {};
  const end = services.watch(name, () => wake());
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (isThere(services.observe(name))) return;
      await Promise.race([changed, clock.sleep(LOOK_AGAIN_MS)]);
    }
  } finally {
    end();
  }
}

/** @throws TetraError `NOT_READY` when it has ended, and nobody tries again */
function refuseEnded({ meta, observed, status }: Service, what: string): void {
  const isOver = observed.state === "stopped" || observed.state === "crashed";
  if (!isOver || status === "backing off") return;
  const how = observed.exit === undefined ? "" : ` (${describeExit(observed.exit)})`;
  throw notMet(meta.name, `ended before it could ${what}${how}`);
}

function notMet(name: string, why: string): TetraError<TsmErrorCode> {
  return new TetraError("NOT_READY", `${name} ${why}`, {
    hint: `look at "tsm logs ${name}"`,
    details: { name },
  });
}
