import { resolve } from "node:path/posix";
import { DEFAULT_LOG_POLICY, type LogPolicy, type ServiceCare } from "../care/service-care.ts";
import { isRecord, textFrom } from "../files/lenient.ts";
import type { ServiceEnvironment } from "../files/store.ts";
import { definitionIn } from "../launch/launch-origin.ts";
import type { LaunchRequest, ServiceDefaults } from "../launch/launch-request.ts";
import { stated } from "../launch/stated.ts";
import { DEFAULT_POLICY, type RestartPolicy } from "../supervise/restart-policy.ts";
import { probeText } from "./probe-keys.ts";
import { durationMs, sizeBytes } from "./quantities.ts";
import { dependenciesOf, processNamesOf, type ServiceDefinition } from "./service-definition.ts";
import type { LogKeys, ServiceKeys } from "./service-keys.ts";

/** Which definition a service was started from, as it is kept in its origin. */
export interface DefinitionReference {
  /** The file; absolute. */
  readonly file: string;
  /** What it is called in there. */
  readonly name: string;
  readonly org?: string;
  /** What the command line said besides; it counts again when the definition is read again. */
  readonly options?: Partial<LaunchRequest>;
}

/** What a request is made with. */
export interface DefinitionRequestContext {
  /** What the service's environment is built on. */
  readonly environment: ServiceEnvironment;
  /** What the command line says; it comes before what is defined. */
  readonly options?: Partial<LaunchRequest>;
  /** What else its file defines: several instances are depended on one by one. */
  readonly others?: readonly ServiceDefinition[];
}

/** What is to be asked for, so that what is defined is started. */
export function definitionRequest(
  { name, org, keys, naming, folder, place }: ServiceDefinition,
  { environment, options, others = [] }: DefinitionRequestContext,
): LaunchRequest {
  const { watch, health, ready, env } = keys;
  const runIn = resolve(folder, keys.cwd ?? ".");
  const definition: DefinitionReference = { file: place.file, name, ...stated({ org, options }) };
  const service: ServiceDefaults = {
    ...naming,
    definition,
    ...stated({
      port: keys.port ?? portIn(env),
      prehook: keys.pre_hook,
      variables: env === undefined ? undefined : textsOf(env),
      restartPolicy: restartPolicyOf(keys),
      care: careOf(keys),
    }),
  };
  const depends = dependenciesOf(keys).flatMap((need) =>
    processNamesOf(others.find(({ name: other }) => other === need.name) ?? need.name).map(
      (process) => `${process}:${need.condition}`,
    ),
  );
  return {
    words: wordsOf(keys),
    cwd: runIn,
    environment,
    envFile: keys.env_file === undefined ? "none" : resolve(runIn, keys.env_file),
    ...stated({
      stopSignal: keys.stop_signal,
      stopTimeout: keys.stop_timeout,
      maxMemory: keys.max_memory === undefined ? undefined : sizeBytes(keys.max_memory),
      instances: keys.instances,
      cron: keys.cron,
      mergeOutput: keys.merge_output,
      user: keys.user,
      org,
      dependsOn: depends.length === 0 ? undefined : depends,
      health: health === undefined ? undefined : probeText(health),
      ready: ready === undefined ? undefined : probeText(ready),
      ...watchOf(watch),
    }),
    ...(typeof health === "object"
      ? stated({
          healthInterval: health.interval,
          healthTimeout: health.timeout,
          healthFailures: health.failures,
          healthSuccesses: health.successes,
          healthGrace: health.grace,
        })
      : {}),
    ...(typeof ready === "object" ? stated({ readyTimeout: ready.timeout }) : {}),
    ...options,
    service,
  };
}

/** Which definition a service was started from, by the origin that is kept beside it. */
export function referenceIn(origin: unknown): DefinitionReference | undefined {
  const reference = definitionIn(origin);
  if (!isRecord(reference)) return undefined;
  const file = textFrom(reference["file"]);
  const name = textFrom(reference["name"]);
  if (file === undefined || name === undefined) return undefined;
  const options = reference["options"];
  return {
    file,
    name,
    ...stated({
      org: textFrom(reference["org"]),
      options: isRecord(options) ? options : undefined,
    }),
  };
}

function wordsOf({ command, script, args = [] }: ServiceKeys): readonly string[] {
  if (script !== undefined) return [script, ...args.map(String)];
  return typeof command === "string" ? [command] : (command ?? []).map(String);
}

function textsOf(env: NonNullable<ServiceKeys["env"]>): ServiceEnvironment {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
}

function portIn(env: ServiceKeys["env"]): number | undefined {
  const port = Number(env?.["PORT"]);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

function watchOf(watch: ServiceKeys["watch"]): Pick<LaunchRequest, "watch" | "watchIgnore"> {
  if (watch === undefined || typeof watch === "boolean") return stated({ watch });
  if (isPaths(watch)) return { watch };
  return { watch: watch.paths ?? true, ...stated({ watchIgnore: watch.ignore }) };
}

/** Array.isArray does not tell readonly arrays apart. */
function isPaths(watch: NonNullable<ServiceKeys["watch"]>): watch is readonly string[] {
  return Array.isArray(watch);
}

/** The whole policy, so that nothing in it depends on what the command line says. */
function restartPolicyOf(keys: ServiceKeys): RestartPolicy | undefined {
  const { restart, max_restarts: maxRestarts, backoff, stable_after: stable, success_exit } = keys;
  const said = [restart, maxRestarts, backoff, stable, success_exit];
  if (said.every((key) => key === undefined)) return undefined;
  const { first, max, jitter } = typeof backoff === "string" ? { first: backoff } : (backoff ?? {});
  const backoffMs = first === undefined ? DEFAULT_POLICY.backoffMs : durationMs(first);
  const isAboutRestarts = maxRestarts !== undefined || backoff !== undefined;
  return {
    ...DEFAULT_POLICY,
    // a limit or a wait alone would mean nothing
    restart: restart ?? (isAboutRestarts ? "on-failure" : DEFAULT_POLICY.restart),
    backoffMs,
    maxBackoffMs:
      max === undefined ? Math.max(DEFAULT_POLICY.maxBackoffMs, backoffMs) : durationMs(max),
    ...stated({
      maxRestarts,
      jitter,
      stableMs: stable === undefined ? undefined : durationMs(stable),
    }),
    ...(success_exit === undefined
      ? {}
      : {
          successCodes: success_exit.filter((it) => typeof it === "number"),
          successSignals: success_exit.filter((it) => typeof it === "string"),
        }),
  };
}

function careOf({ logs }: ServiceKeys): ServiceCare | undefined {
  return logs === undefined ? undefined : { logs: logPolicyOf(logs) };
}

function logPolicyOf({ max_size, max_age, keep, compress }: LogKeys): LogPolicy {
  return {
    ...DEFAULT_LOG_POLICY,
    ...stated({
      maxBytes: max_size === undefined ? undefined : sizeBytes(max_size),
      maxAgeMs: max_age === undefined ? undefined : durationMs(max_age),
      keep,
      compress,
    }),
  };
}
