import type { Arguments } from "@tetra/cli-kit";
import type { Services, ServiceSpec } from "@tetra/tsm";
import { type LaunchHost, relaunch } from "@tetra/tsm/launch";
import type { App } from "../app.ts";
import { keptEnvironment } from "../kept-environment.ts";
import { callersEnvironment } from "./launch-context.ts";
import { requestOfDefinition } from "./request-of-definition.ts";

/** What reading a specification again takes. */
export interface FreshContext {
  readonly app: App;
  readonly args: Arguments;
  readonly services: Services;
  readonly host: LaunchHost;
}

/**
 * The specification of a service, its definition and env file read again; `undefined`: it is not known how
 * it was asked for.
 */
export async function freshSpec(
  { app, args, services, host }: FreshContext,
  name: string,
): Promise<ServiceSpec | undefined> {
  const origin = services.origin(name);
  if (origin === undefined) return undefined;
  const request = await requestOfDefinition(app, origin);
  const kept = args.has("keep-env") ? keptEnvironment(app.places().folder, name) : undefined;
  const { spec } = relaunch(host, origin, {
    ...(request === undefined ? {} : { request }),
    ...(args.has("update-env") ? { updateEnv: callersEnvironment(app) } : {}),
    ...(kept === undefined ? {} : { keepEnv: kept }),
  });
  return spec;
}
