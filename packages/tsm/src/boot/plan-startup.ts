import { isTetraError } from "@tetra/errors";
import { definitionRequest } from "../definitions/definition-request.ts";
import type { DefinitionStore, StoredDefinition } from "../definitions/definition-store.ts";
import { dependenciesOf, type ServiceDefinition } from "../definitions/service-definition.ts";
import type { ServiceEnvironment } from "../files/store.ts";
import type { LaunchHost } from "../launch/launch-host.ts";
import type { Launch } from "../launch/launch-request.ts";
import { planLaunch } from "../launch/plan-launch.ts";
import { observeIfReadable } from "../readable-services.ts";
import type { Services } from "../services.ts";
import type { EnabledService, StartupFailure } from "./startup.ts";

/** What planning a startup takes. */
export interface StartupContext {
  readonly definitions: DefinitionStore;
  readonly services: Services;
  readonly host: LaunchHost;
  /** What the services' environments are built on. */
  readonly environment: ServiceEnvironment;
}

/** What is enabled. */
export interface StartupPlan {
  readonly enabled: readonly EnabledService[];
  /** How each is started, by its name. */
  readonly launches: ReadonlyMap<string, Launch>;
  /** Definitions that cannot be read or planned; the others are not kept back by them. */
  readonly broken: readonly StartupFailure[];
}

/** A definition, and the processes that it means. */
interface Planned {
  readonly definition: ServiceDefinition;
  readonly launches: readonly Launch[];
}

/** Plans the start of everything that is enabled; changes nothing. */
export function planStartup(context: StartupContext): StartupPlan {
  const { definitions, services } = context;
  const broken: StartupFailure[] = [];
  const attempt = <Result>(stored: StoredDefinition, work: () => Result): readonly Result[] => {
    try {
      return [work()];
    } catch (error) {
      if (!isTetraError(error)) throw error;
      broken.push({ name: stored.address, why: error.message, error });
      return [];
    }
  };
  const read = definitions
    .list()
    .filter(({ isEnabled }) => isEnabled)
    .flatMap((stored) => attempt(stored, () => ({ stored, definition: definitions.read(stored) })));
  const others = read.map(({ definition }) => definition);
  const planned = read.flatMap(({ stored, definition }) =>
    attempt(stored, () => ({ definition, launches: launchesOf(context, definition, others) })),
  );
  return {
    enabled: planned.flatMap((each) => enabledOf(services, each, planned)),
    launches: new Map(
      planned.flatMap(({ launches }) => launches).map((launch) => [launch.spec.name, launch]),
    ),
    broken,
  };
}

function launchesOf(
  { host, environment }: StartupContext,
  definition: ServiceDefinition,
  others: readonly ServiceDefinition[],
): readonly Launch[] {
  return planLaunch(host, definitionRequest(definition, { environment, others }));
}

function enabledOf(
  services: Services,
  { definition, launches }: Planned,
  planned: readonly Planned[],
): readonly EnabledService[] {
  const processesOf = (name: string): readonly string[] =>
    planned
      .find((other) => other.definition.name === name)
      ?.launches.map(({ spec }) => spec.name) ?? [name];
  const dependsOn = dependenciesOf(definition.keys).flatMap(({ name, condition }) =>
    processesOf(name).map((process) => ({ name: process, condition })),
  );
  const known = services.names();
  return launches.map(({ spec: { name } }) => ({
    name,
    dependsOn,
    isUp: known.includes(name) && isUp(services, name),
  }));
}

function isUp(services: Services, name: string): boolean {
  const state = observeIfReadable(services, name)?.observed.state;
  return state === "online" || state === "starting";
}
