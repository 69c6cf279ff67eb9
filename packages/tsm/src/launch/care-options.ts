import { resolve } from "node:path/posix";
import { DEFAULT_HEALTH } from "../care/care-from.ts";
import type { FileWatch, HealthCheck, ServiceCare } from "../care/service-care.ts";
import { dependencyOption } from "./dependency-option.ts";
import type { LaunchRequest } from "./launch-request.ts";
import { countOption, durationOption, invalidOption, sizeOption } from "./option-values.ts";
import { probeOption } from "./probe-option.ts";
import { ifStated, stated } from "./stated.ts";

/** What care is worked out with. */
export interface CareContext {
  /** The service's. */
  readonly port: number | undefined;
  /** The folder it runs in; absolute. */
  readonly folder: string;
}

/**
 * The care that was asked for, over that of the definition; `undefined`: none.
 * @throws TetraError `INVALID_OPTION`
 */
export function careOf(request: LaunchRequest, context: CareContext): ServiceCare | undefined {
  const { ready, readyTimeout, maxMemory, cron, watch, dependsOn, mergeOutput, user } = request;
  const base = request.service?.care;
  const health = healthOf(request, context);
  const care: ServiceCare = {
    ...base,
    ...stated({
      ready: ifStated(ready, (text) => probeOption("--ready", text, context.port)),
      readyTimeoutMs: ifStated(readyTimeout, (time) => durationOption("--ready-timeout", time)),
      health,
      maxMemoryBytes: ifStated(maxMemory, (size) => sizeOption("--max-memory", size)),
      cron,
      watch: ifStated(watch === false ? undefined : watch, (what) =>
        watchOf(request, what, context),
      ),
      dependsOn: dependsOn?.flatMap(dependencyOption),
      mergeOutput,
      user,
    }),
  };
  return base === undefined && Object.keys(care).length === 0 ? undefined : care;
}

function healthOf(request: LaunchRequest, { port }: CareContext): HealthCheck | undefined {
  const { health, healthInterval, healthTimeout, healthFailures, healthSuccesses, healthGrace } =
    request;
  const base = request.service?.care?.health;
  const probe = health === undefined ? base?.probe : probeOption("--health", health, port);
  const said = stated({
    intervalMs: ifStated(healthInterval, (time) => durationOption("--health-interval", time)),
    timeoutMs: ifStated(healthTimeout, (time) => durationOption("--health-timeout", time)),
    failures: ifStated(healthFailures, (count) => countOption("--health-failures", count, 1)),
    successes: ifStated(healthSuccesses, (count) => countOption("--health-successes", count, 1)),
    graceMs: ifStated(healthGrace, (time) => durationOption("--health-grace", time)),
  });
  if (probe !== undefined) return { ...DEFAULT_HEALTH, ...base, ...said, probe };
  const [first] = Object.keys(said);
  if (first === undefined) return undefined;
  throw invalidOption("--health", "", "say what to ask: its times and numbers alone mean nothing");
}

/** What is never watched (logs, `.git`, `node_modules`, Tetra's own) is left to whoever watches. */
function watchOf(
  { cwd, watchIgnore = [] }: LaunchRequest,
  watch: true | readonly string[],
  { folder }: CareContext,
): FileWatch {
  const named = watch === true ? [] : watch.flatMap((path) => path.split(","));
  const paths = named.length === 0 ? [folder] : named.map((path) => resolve(cwd, path));
  return { paths, ignore: watchIgnore };
}
