import type { Arguments } from "@tetra/cli-kit";
import { type Services, systemClock } from "@tetra/tsm";
import {
  openProjects,
  type Project,
  type Projects,
  readDefinitions,
  TSM_YAML_NAMES,
} from "@tetra/tsm/definitions";
import { TetraError } from "@tetra/errors";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { App } from "../app.ts";
import type { TsmCliErrorCode } from "../errors.ts";
import { openedServices } from "../opened-services.ts";
import { callersEnvironment, launchHost } from "../start/launch-context.ts";

/** A file of services, and what is done with it. */
export interface OpenedProject {
  readonly services: Services;
  readonly projects: Projects;
  readonly project: Project;
}

/**
 * The file and the services in it that the words of a command mean.
 * @throws TetraError `FILE_UNUSABLE`, `INVALID_DEFINITION`, `NOT_ASSIGNMENTS`
 */
export async function openedProject(app: App, args: Arguments): Promise<OpenedProject> {
  const [first, ...others] = args.rest(0);
  const isFile = first !== undefined && /\/|\.(ya?ml|json|tsm)$/.test(first);
  const source = isFile ? givenFile(resolve(app.cwd(), first)) : foundFile(app.cwd());
  const only = isFile ? others : args.rest(0);
  const services = openedServices(app);
  const environment = callersEnvironment(app);
  const definitions = await readDefinitions(source, { variables: environment });
  return {
    services,
    projects: openProjects({
      services,
      folder: app.places().folder,
      host: launchHost(app, services),
      clock: systemClock,
      environment,
    }),
    project: { source, definitions, ...(only.length === 0 ? {} : { only }) },
  };
}

function givenFile(path: string): string {
  if (existsSync(path)) return path;
  throw new TetraError<TsmCliErrorCode>("FILE_UNUSABLE", `there is no ${path}`, {
    hint: "look at the path",
    details: { path },
  });
}

function foundFile(folder: string): string {
  const candidates = TSM_YAML_NAMES.map((name) => resolve(folder, name));
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new TetraError<TsmCliErrorCode>("FILE_UNUSABLE", `there is no tsm.yaml in ${folder}`, {
    hint: "write one, import one (tsm import), or name the file",
    details: { folder },
  });
}
