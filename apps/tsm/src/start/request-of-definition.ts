import { definitionIn, type LaunchRequest } from "@tetra/tsm/launch";
import type { App } from "../app.ts";
import { callersEnvironment } from "./launch-context.ts";

/**
 * What the definition that a service was started from says now; `undefined` when it was started from
 * none, or is defined no longer: then what was asked for at its start counts.
 * @throws TetraError `INVALID_DEFINITION`, `NOT_ASSIGNMENTS`
 */
export async function requestOfDefinition(
  app: Pick<App, "env" | "places">,
  origin: unknown,
): Promise<LaunchRequest | undefined> {
  if (definitionIn(origin) === undefined) return undefined; // what reads them is not loaded for nothing
  const { referenceIn, requestAgain } = await import("@tetra/tsm/definitions");
  const reference = referenceIn(origin);
  if (reference === undefined) return undefined;
  const environment = callersEnvironment(app);
  return requestAgain(reference, { environment, variables: environment });
}
