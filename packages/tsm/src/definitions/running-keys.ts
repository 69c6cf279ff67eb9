import type { Meta } from "../files/meta.ts";
import type { Probe } from "../care/probe.ts";
import type { HealthCheck, LogPolicy, ServiceCare } from "../care/service-care.ts";
import { stated } from "../launch/stated.ts";
import { DEFAULT_POLICY } from "../supervise/restart-policy.ts";
import { durationText, sizeText } from "./quantities.ts";
import type { HealthKeys, LogKeys, ProbeKeys, ServiceKeys } from "./service-keys.ts";

/** The name that the original saves a running service under: what is before the first dash. */
export function savedName(name: string): string {
  return name.split("-")[0] ?? name;
}

/**
 * What to write down so that a service that runs can be started again: what was asked for, not the whole
 * environment that it happens to have.
 */
export function keysOfRunning(meta: Meta): ServiceKeys {
  const { argv, command, cwd, port, prehook, care, org } = meta;
  return {
    command: argv.length === 0 ? command : argv,
    cwd,
    ...stated({
      port,
      env_file: meta.env_file === "" ? undefined : meta.env_file,
      pre_hook: prehook === "" ? undefined : prehook,
      stop_signal: meta.stop_signal === "SIGTERM" ? undefined : meta.stop_signal,
      stop_timeout:
        meta.stop_timeout_ms === 10_000 ? undefined : durationText(meta.stop_timeout_ms),
      org,
    }),
    ...restartKeys(meta),
    ...careKeys(care),
  };
}

function restartKeys({ restart_policy: policy }: Meta): ServiceKeys {
  if (policy.restart === DEFAULT_POLICY.restart) return {};
  const { restart, maxRestarts, backoffMs, maxBackoffMs, jitter, stableMs } = policy;
  const success = [...policy.successCodes, ...policy.successSignals];
  return {
    restart,
    backoff: { first: durationText(backoffMs), max: durationText(maxBackoffMs), jitter },
    stable_after: durationText(stableMs),
    success_exit: success,
    ...stated({ max_restarts: maxRestarts }),
  };
}

function careKeys(care: ServiceCare): ServiceKeys {
  const { health, ready, readyTimeoutMs, dependsOn = [], watch, logs } = care;
  return stated({
    health: health === undefined ? undefined : healthKeys(health),
    ready:
      ready === undefined
        ? undefined
        : { ...asked(ready), ...stated({ timeout: timeOrNone(readyTimeoutMs) }) },
    depends_on:
      dependsOn.length === 0
        ? undefined
        : Object.fromEntries(dependsOn.map(({ name, condition }) => [name, condition])),
    watch: watch === undefined ? undefined : { paths: watch.paths, ignore: watch.ignore },
    logs: logs === undefined ? undefined : logKeys(logs),
    max_memory: care.maxMemoryBytes === undefined ? undefined : sizeText(care.maxMemoryBytes),
    cron: care.cron,
    merge_output: care.mergeOutput,
    user: care.user,
  });
}

function healthKeys(health: HealthCheck): HealthKeys {
  return {
    ...asked(health.probe),
    interval: durationText(health.intervalMs),
    timeout: durationText(health.timeoutMs),
    failures: health.failures,
    successes: health.successes,
    grace: durationText(health.graceMs),
  };
}

function asked(probe: Probe): ProbeKeys {
  switch (probe.type) {
    case "http":
      return { http: probe.url };
    case "tcp":
      return { tcp: `${probe.host}:${probe.port}` };
    case "command":
      return { command: probe.command };
  }
}

function logKeys({ maxBytes, maxAgeMs, keep, compress }: LogPolicy): LogKeys {
  return { max_size: sizeText(maxBytes), max_age: durationText(maxAgeMs), keep, compress };
}

function timeOrNone(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : durationText(ms);
}
