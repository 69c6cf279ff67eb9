import type { ServiceEnvironment } from "../files/store.ts";
import type { LaunchHost } from "./launch-host.ts";
import { parseOrigin } from "./launch-origin.ts";
import type { Launch, LaunchRequest } from "./launch-request.ts";
import { planAgain } from "./plan-launch.ts";

/** How to plan again. */
export interface RelaunchOptions {
  /** What the definition says now. Default: what was asked for then. */
  readonly request?: LaunchRequest;
  /** `--update-env`: the caller's environment, instead of that of whoever started it. */
  readonly updateEnv?: ServiceEnvironment;
  /** `--keep-env`: all of the service's environment as it was; its env file does not count. */
  readonly keepEnv?: ServiceEnvironment;
}

/**
 * Plans a service again as it was asked for: its env file, script, hooks and interpreter are looked at
 * anew; its name, and its place among its instances, stay.
 * @param origin what `ServiceSpec.origin` had
 * @throws TetraError `INVALID_ORIGIN`, and what `planLaunch` throws
 */
export function relaunch(host: LaunchHost, origin: unknown, options: RelaunchOptions = {}): Launch {
  const { request: before, name, instance } = parseOrigin(origin);
  const { updateEnv, keepEnv } = options;
  const asked = options.request ?? before;
  const request: LaunchRequest = {
    ...asked,
    // a definition that is read again is read by somebody with another environment
    environment: updateEnv ?? before.environment,
  };
  const launch = planAgain(host, request, {
    name,
    ...(instance === undefined ? {} : { instance }),
  });
  if (keepEnv === undefined) return launch;
  return { ...launch, spec: { ...launch.spec, environment: keepEnv } };
}
