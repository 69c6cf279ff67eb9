import { nodeFileSystem } from "@tetra/durable-fs";
import { isTetraError } from "@tetra/errors";
import type { Clock } from "../clock.ts";
import { layoutOf } from "../files/layout.ts";
import { readEnvironment, type ServiceEnvironment } from "../files/store.ts";
import { launchedAs } from "../launch/launch-difference.ts";
import type { LaunchHost } from "../launch/launch-host.ts";
import { parseOrigin } from "../launch/launch-origin.ts";
import type { Launch } from "../launch/launch-request.ts";
import { planLaunch } from "../launch/plan-launch.ts";
import type { ServiceSpec } from "../run/service-spec.ts";
import type { Services } from "../services.ts";
import { carryOut, type StepResult } from "./carry-out.ts";
import { definitionRequest, referenceIn } from "./definition-request.ts";
import {
  type DownInput,
  type Existing,
  planDown,
  planUp,
  type Step,
  type UpInput,
  type Wanted,
} from "./plan-up.ts";
import { hasCompleted, serviceCondition } from "./service-condition.ts";
import {
  dependenciesOf,
  isEnabled,
  processNamesOf,
  type ServiceDefinition,
} from "./service-definition.ts";
import { startOrder } from "./start-order.ts";

/** What projects are handled with. */
export interface ProjectsOptions {
  readonly services: Services;
  /** The folder of the service manager: `$TETRA_DIR/tsm`. */
  readonly folder: string;
  readonly host: LaunchHost;
  readonly clock: Clock;
  /** What the environments of services are built on, unless they run and were built on another. */
  readonly environment: ServiceEnvironment;
}

/** Services that are defined together. */
export interface Project {
  /** What is remembered as the source of what is started: the file; absolute. */
  readonly source: string;
  readonly definitions: readonly ServiceDefinition[];
  /** Names of definitions, with what they depend on. Default: all. */
  readonly only?: readonly string[];
}

/** What is to be done, and with what. */
export interface ProjectPlan {
  readonly steps: readonly Step[];
  /** How each process is started, by its name. */
  readonly launches: ReadonlyMap<string, Launch>;
}

/** What came of a plan. */
export interface ProjectResult {
  readonly results: readonly StepResult[];
  /** Whether everything is as it should be. */
  readonly isDone: boolean;
}

/** Makes that which runs match what is defined. */
export interface Projects {
  /**
   * What `up` would do; changes nothing.
   * @throws TetraError as `planUp` and `planLaunch`
   */
  planUp(project: Project): ProjectPlan;
  /** What `down` would do; changes nothing. @throws TetraError `DEFINITION_NOT_FOUND` */
  planDown(project: Project): ProjectPlan;
  /** Carries a plan out; never rejects for a service that fails. */
  carryOut(plan: ProjectPlan, report?: (result: StepResult) => void): Promise<ProjectResult>;
}

/** A service that there is, with what it was started from. */
interface Found extends Existing {
  readonly definition: string | undefined;
  readonly environment: ServiceEnvironment | undefined;
}

function isOf({ source, definition }: Found, { name, place }: ServiceDefinition): boolean {
  return source === place.file && definition === name;
}

/** Handles the services of files of definitions. */
export function openProjects(options: ProjectsOptions): Projects {
  const { services, host, clock } = options;
  const store = { fs: nodeFileSystem(), clock, layout: layoutOf(options.folder) };
  const environmentOf = (name: string): ServiceEnvironment => readEnvironment(store, name) ?? {};

  /** What there is; with the definition that it was started from, and on which environment. */
  function existing(): readonly Found[] {
    return services.names().flatMap((name) => {
      try {
        const service = services.observe(name);
        const { meta, observed } = service;
        const isOver = observed.state === "stopped" || observed.state === "crashed";
        const whenOver = hasCompleted(service) ? "completed" : "down";
        const origin = services.origin(name);
        const reference = referenceIn(origin);
        return [
          {
            name,
            state: isOver ? whenOver : "up",
            source: reference?.file,
            definition: reference?.name,
            environment:
              reference === undefined ? undefined : parseOrigin(origin).request.environment,
            dependsOn: meta.care.dependsOn ?? [],
            spec: launchedAs(meta, environmentOf(name)),
          } as const,
        ];
      } catch (error) {
        // one that went away meanwhile, or whose file is broken: starting it will say so
        if (isTetraError(error, "SERVICE_NOT_FOUND") || isTetraError(error, "INVALID_META"))
          return [];
        throw error;
      }
    });
  }

  function launchesOf(
    definition: ServiceDefinition,
    { definitions }: Project,
    found: readonly Found[],
  ): readonly Launch[] {
    const own = found.find((it) => isOf(it, definition));
    return planLaunch(
      host,
      definitionRequest(definition, {
        // another terminal's variables are no reason to restart anything
        environment: own?.environment ?? options.environment,
        others: definitions,
      }),
    );
  }

  function upInput(project: Project): UpInput & Pick<ProjectPlan, "launches"> {
    const { source, definitions, only } = project;
    // here, where the names are those that people wrote
    startOrder(definitions.map(({ name, keys }) => ({ name, dependsOn: dependenciesOf(keys) })));
    const found = existing();
    const planned = definitions.map((definition) => ({
      definition,
      launches: launchesOf(definition, project, found),
    }));
    const names = new Map(
      planned.map(({ definition, launches }) => [
        definition.name,
        launches.map(({ spec }) => spec.name),
      ]),
    );
    const wanted = planned.flatMap(({ definition, launches }) =>
      launches.map(({ spec }): Wanted => ({
        name: spec.name,
        definition: definition.name,
        dependsOn: dependenciesOf(definition.keys).flatMap(({ name, condition }) =>
          (names.get(name) ?? []).map((process) => ({ name: process, condition })),
        ),
        isEnabled: isEnabled(definition),
        spec,
      })),
    );
    const launches = planned.flatMap((it) => it.launches);
    return {
      source,
      wanted,
      existing: found,
      launches: new Map(launches.map((launch) => [launch.spec.name, launch])),
      ...(only === undefined ? {} : { only }),
    };
  }

  /** Without planning any start: what cannot be started can still be stopped. */
  function downInput({ source, definitions, only }: Project): DownInput {
    const found = existing();
    return {
      source,
      existing: found,
      defined: definitions.map((definition) => ({
        name: definition.name,
        processes: [
          ...processNamesOf(definition),
          ...found.filter((it) => isOf(it, definition)).map(({ name }) => name),
        ],
      })),
      ...(only === undefined ? {} : { only }),
    };
  }

  /** Starts, and finds it good when what was started is through with its work already. */
  async function begin(
    { launches }: ProjectPlan,
    name: string,
    act: (spec: ServiceSpec) => Promise<unknown>,
  ): Promise<void | "completed"> {
    const launch = launches.get(name);
    if (launch === undefined) throw new Error(`${name}: nothing is planned for it`);
    try {
      await act(launch.spec);
    } catch (error) {
      if (!isTetraError(error, "START_FAILED")) throw error;
      if (hasCompleted(services.observe(name))) return "completed";
      throw error;
    }
  }

  return {
    planUp(project) {
      const { launches, ...compared } = upInput(project);
      return { steps: planUp(compared), launches };
    },
    planDown: (project) => ({ steps: planDown(downInput(project)), launches: new Map() }),
    async carryOut(plan, report) {
      const results = await carryOut(plan.steps, {
        start: (name) => begin(plan, name, (spec) => services.start(spec)),
        restart: (name) => begin(plan, name, (spec) => services.restart(name, { spec })),
        stop: async (name) => {
          await services.stop(name).catch((error: unknown) => {
            if (!isTetraError(error, "NOT_RUNNING")) throw error; // it ended meanwhile
          });
        },
        until: (name, condition) =>
          serviceCondition({ services, clock, environmentOf }, name, condition),
        ...(report === undefined ? {} : { report }),
      });
      const isDone = results.every(({ outcome }) => outcome !== "failed" && outcome !== "skipped");
      return { results, isDone };
    },
  };
}
