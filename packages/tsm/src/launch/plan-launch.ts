import { resolve } from "node:path/posix";
import type { ServiceEnvironment } from "../files/store.ts";
import type { ServiceSpec } from "../run/service-spec.ts";
import { careOf } from "./care-options.ts";
import { discoverPort, type FoundPort } from "./discover-port.ts";
import { type EnvFile, findEnvFile, readEnvFile } from "./env-file.ts";
import { resolveInterpreter } from "./interpreter.ts";
import type { LaunchHost } from "./launch-host.ts";
import { originOf } from "./launch-origin.ts";
import type { Launch, LaunchRequest } from "./launch-request.ts";
import { countOption, durationOption, invalidOption, portOption } from "./option-values.ts";
import { choosePrehook } from "./prehook.ts";
import { type NameBase, nameBase, processName } from "./process-name.ts";
import { detectType, type ProcessType, scriptOf } from "./process-type.ts";
import { restartPolicyOf, signalOption } from "./restart-options.ts";
import { ifStated, stated } from "./stated.ts";
import { type TypedCommand, typedCommand } from "./typed-command.ts";

/** The most instances of one service: a number typed wrongly must not take the machine down. */
const MOST_INSTANCES = 1000;

/** What all instances have in common. */
interface Plan {
  readonly request: LaunchRequest;
  readonly folder: string;
  readonly typed: TypedCommand;
  readonly type: ProcessType;
  readonly command: string | readonly string[];
  readonly interpreter: string;
  readonly environment: ServiceEnvironment;
  readonly envFile: EnvFile | undefined;
  readonly found: FoundPort;
  readonly name: NameBase;
  readonly warnings: readonly string[];
}

/**
 * Plans what was asked for, looking at files but changing nothing: one service, or as many as there are
 * to be instances, with ports one after the other.
 * @throws TetraError `NO_COMMAND`, `INVALID_OPTION`, `ENV_FILE_MISSING`, `NOT_ASSIGNMENTS`,
 *   `PLACEHOLDERS`, `PORT_NOT_SET`, `SCRIPT_NOT_FOUND`
 */
export function planLaunch(host: LaunchHost, request: LaunchRequest): readonly Launch[] {
  const plan = makePlan(host, request);
  if (request.instances === undefined) {
    const launch = launchOf(host, plan, { name: nameOf(host, plan) });
    return [
      isWhole(plan) || plan.found.port !== undefined ? launch : { ...launch, isNamedByTime: true },
    ];
  }
  const count = countOption("--instances", request.instances, 1);
  if (count > MOST_INSTANCES) {
    throw invalidOption("--instances", request.instances, `use at most ${MOST_INSTANCES}`);
  }
  return Array.from({ length: count }, (_, instance) =>
    launchOf(host, plan, { name: instanceName(plan, instance), instance }),
  );
}

/** Plans one service again that has its name already, and maybe its number among its instances. */
export function planAgain(
  host: LaunchHost,
  request: LaunchRequest,
  which: { readonly name: string; readonly instance?: number },
): Launch {
  return launchOf(host, makePlan(host, request), which);
}

function makePlan(host: LaunchHost, request: LaunchRequest): Plan {
  const { cwd, runIn = ".", envFile: asked, service } = request;
  const folder = resolve(cwd, runIn);
  const typed = typedCommand(host, request.words, folder);
  const type = detectType(typed.words);
  const scriptWord = scriptOf(typed.words);
  const script = ifStated(scriptWord, (word) => resolve(folder, word));
  const envPath = findEnvFile(host, { asked, cwd, folder, script });
  const envFile = ifStated(envPath, (path) => readEnvFile(host, path, request.environment));
  const environment = {
    ...request.environment,
    ...envFile?.values,
    ...service?.variables,
    ...typed.assignments,
  };
  const { words, interpreter } =
    typed.shell === undefined
      ? resolveInterpreter(host, { words: typed.words, folder, environment })
      : { words: typed.shell, interpreter: "" };
  const found = discoverPort({
    option: ifStated(request.port, (port) => portOption("--port", port)),
    envFile: envFile?.port,
    definition: service?.port,
    command: typed.text,
    type,
    script: ifStated(script, (path) => host.readText(path)),
  });
  const option = request.name ?? service?.base;
  const name = nameBase(host, { option, envFile: envFile?.name, words: typed.words, folder });
  const isShared = found.source === "command" || found.source === "assignment";
  const warnings =
    request.instances !== undefined && isShared
      ? [`port ${found.port} is written in the command: all instances would use it; they get PORT`]
      : [];
  return {
    request,
    folder,
    typed,
    type,
    command: words,
    interpreter,
    environment,
    envFile,
    found,
    name,
    warnings,
  };
}

/** A definition's name can be whole already. */
function isWhole({ request: { name, service } }: Plan): boolean {
  return name === undefined && service?.withPort === false;
}

function nameOf(host: LaunchHost, plan: Plan): string {
  if (isWhole(plan)) return plan.name.base;
  const existing = host.serviceNames();
  return processName(plan.name, plan.found.port, { nowMs: host.nowMs(), existing });
}

function instanceName(plan: Plan, instance: number): string {
  const { found, name } = plan;
  const isNumbered = isWhole(plan) || found.port === undefined;
  return `${name.base}-${isNumbered ? instance : found.port + instance}`;
}

function launchOf(
  host: LaunchHost,
  plan: Plan,
  { name, instance }: { readonly name: string; readonly instance?: number },
): Launch {
  const { request, folder, type, found, envFile } = plan;
  const port = found.port === undefined ? undefined : found.port + (instance ?? 0);
  if (port !== undefined && port > 65_535) {
    throw invalidOption("--instances", request.instances, `there is no port ${port}`);
  }
  const environment =
    port === undefined ? plan.environment : { ...plan.environment, PORT: String(port) };
  const prehook = choosePrehook(host, {
    option: request.prehook,
    definition: request.service?.prehook,
    service: plan.name.base,
    type,
    environment,
  });
  const spec: ServiceSpec = {
    name,
    command: plan.command,
    cwd: folder,
    environment,
    about: {
      interpreter: plan.interpreter,
      process_type: type,
      env_file: envFile?.path ?? "",
    },
    origin: originOf({ request, name, ...stated({ instance }) }),
    ...stated({
      port,
      instance,
      prehook,
      restartPolicy: restartPolicyOf(request),
      care: careOf(request, { port, folder }),
      org: request.org,
      group: request.group ?? (instance === undefined ? undefined : plan.name.base),
      by: request.by,
      stopSignal: ifStated(request.stopSignal, (signal) => signalOption("--stop-signal", signal)),
      stopTimeoutMs: ifStated(request.stopTimeout, (time) =>
        durationOption("--stop-timeout", time),
      ),
    }),
  };
  return { spec, portSource: found.source, warnings: plan.warnings };
}
