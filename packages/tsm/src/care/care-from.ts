import { countFrom, isRecord, oneOf, textFrom, textsFrom } from "../files/lenient.ts";
import type { Probe } from "./probe.ts";
import {
  CONDITIONS,
  DEFAULT_LOG_POLICY,
  type Dependency,
  type FileWatch,
  type HealthCheck,
  type LogPolicy,
  type ServiceCare,
} from "./service-care.ts";

/** What applies to a health check where nothing else is said. */
export const DEFAULT_HEALTH: Omit<HealthCheck, "probe"> = {
  intervalMs: 10_000,
  timeoutMs: 5000,
  failures: 3,
  successes: 1,
  graceMs: 0,
};

/** What a service is looked after for, as JSON has it; what is not what it must be is taken as absent. */
export function careFrom(value: unknown): ServiceCare {
  if (!isRecord(value)) return {};
  return {
    ...given("ready", probeFrom(value["ready"])),
    ...given("readyTimeoutMs", countFrom(value["readyTimeoutMs"])),
    ...given("health", healthFrom(value["health"])),
    ...given("maxMemoryBytes", countFrom(value["maxMemoryBytes"])),
    ...given("cron", textFrom(value["cron"])),
    ...given("watch", watchFrom(value["watch"])),
    ...given("dependsOn", dependenciesFrom(value["dependsOn"])),
    ...given("logs", logsFrom(value["logs"])),
    ...(value["mergeOutput"] === true ? { mergeOutput: true } : {}),
    ...given("user", textFrom(value["user"])),
  };
}

function probeFrom(value: unknown): Probe | undefined {
  if (!isRecord(value)) return undefined;
  const url = textFrom(value["url"]);
  const host = textFrom(value["host"]);
  const port = countFrom(value["port"]);
  const command = textsFrom(value["command"]);
  switch (value["type"]) {
    case "http":
      return url === undefined ? undefined : { type: "http", url };
    case "tcp":
      return host === undefined || port === undefined ? undefined : { type: "tcp", host, port };
    case "command":
      return command === undefined ? undefined : { type: "command", command };
    default:
      return undefined;
  }
}

function healthFrom(value: unknown): HealthCheck | undefined {
  const probe = isRecord(value) ? probeFrom(value["probe"]) : undefined;
  if (!isRecord(value) || probe === undefined) return undefined;
  return {
    probe,
    intervalMs: countFrom(value["intervalMs"]) ?? DEFAULT_HEALTH.intervalMs,
    timeoutMs: countFrom(value["timeoutMs"]) ?? DEFAULT_HEALTH.timeoutMs,
    failures: countFrom(value["failures"]) ?? DEFAULT_HEALTH.failures,
    successes: countFrom(value["successes"]) ?? DEFAULT_HEALTH.successes,
    graceMs: countFrom(value["graceMs"]) ?? DEFAULT_HEALTH.graceMs,
  };
}

function watchFrom(value: unknown): FileWatch | undefined {
  const paths = isRecord(value) ? textsFrom(value["paths"]) : undefined;
  if (!isRecord(value) || paths === undefined) return undefined;
  return { paths, ignore: textsFrom(value["ignore"]) ?? [] };
}

function dependenciesFrom(value: unknown): readonly Dependency[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((item: unknown): readonly Dependency[] => {
    const name = isRecord(item) ? textFrom(item["name"]) : undefined;
    const condition = isRecord(item) ? oneOf(CONDITIONS, item["condition"]) : undefined;
    return name === undefined ? [] : [{ name, condition: condition ?? "started" }];
  });
}

function logsFrom(value: unknown): LogPolicy | undefined {
  if (!isRecord(value)) return undefined;
  const { maxBytes, maxAgeMs, keep, compress } = DEFAULT_LOG_POLICY;
  return {
    maxBytes: countFrom(value["maxBytes"]) ?? maxBytes,
    maxAgeMs: countFrom(value["maxAgeMs"]) ?? maxAgeMs,
    keep: countFrom(value["keep"]) ?? keep,
    compress: typeof value["compress"] === "boolean" ? value["compress"] : compress,
  };
}

function given<Key extends keyof ServiceCare>(
  key: Key,
  value: ServiceCare[Key] | undefined,
): { readonly [K in Key]?: ServiceCare[K] } {
  if (value === undefined) return {};
  const one: { [K in Key]?: ServiceCare[K] } = {};
  one[key] = value;
  return one;
}
