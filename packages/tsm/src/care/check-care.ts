import { isAbsolute } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import { isServiceName } from "../files/service-name.ts";
import type { Probe } from "./probe.ts";
import type { HealthCheck, LogPolicy, ServiceCare } from "./service-care.ts";

/** Why a part of the care cannot be used; the first that is wrong is told. */
const FAULTS: readonly ((care: ServiceCare) => string | undefined)[] = [
  ({ ready }) => about("readiness probe", ready && probeFault(ready)),
  ({ readyTimeoutMs }) => about("time to get ready", timeFault(readyTimeoutMs ?? 0)),
  ({ health }) => about("health check", health && healthFault(health)),
  ({ maxMemoryBytes }) =>
    maxMemoryBytes === undefined || isCount(maxMemoryBytes, 1)
      ? undefined
      : "the memory limit is no number of bytes",
  ({ cron }) => about("cron expression", cron === undefined || cron.trim() !== "" ? "" : "empty"),
  ({ watch }) =>
    watch === undefined || watch.paths.every((path) => isAbsolute(path))
      ? undefined
      : "a watched path is not absolute",
  ({ dependsOn = [] }) =>
    dependsOn.every(({ name }) => isServiceName(name))
      ? undefined
      : "a name in what it depends on can be no service's",
  ({ logs }) => about("log policy", logs && logFault(logs)),
  ({ user }) =>
    user === undefined || /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/.test(user) || /^[0-9]+$/.test(user)
      ? undefined
      : `${JSON.stringify(user)} is no user`,
];

/**
 * Returns the care if all of it can be used. What a cron expression means is not looked at here.
 * @throws TetraError `INVALID_SERVICE`
 */
export function checkCare(name: string, care: ServiceCare): ServiceCare {
  for (const fault of FAULTS) {
    const why = fault(care);
    if (why === undefined) continue;
    throw new TetraError<TsmErrorCode>("INVALID_SERVICE", `${name}: ${why}`, {
      hint: "correct it; times are whole numbers of milliseconds, sizes of bytes",
      details: { name, care },
    });
  }
  return care;
}

function about(what: string, fault: string | undefined): string | undefined {
  return fault === undefined || fault === "" ? undefined : `the ${what}: ${fault}`;
}

function isCount(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}

function timeFault(value: number): string | undefined {
  return isCount(value, 0) ? undefined : "no whole number of milliseconds";
}

function probeFault(probe: Probe): string | undefined {
  switch (probe.type) {
    case "http":
      return /^https?:\/\//.test(probe.url) && URL.canParse(probe.url)
        ? undefined
        : `${probe.url} is no http address`;
    case "tcp":
      return probe.host !== "" && isCount(probe.port, 1) && probe.port < 65_536
        ? undefined
        : `${probe.host}:${probe.port} is no address`;
    case "command":
      return probe.command.length > 0 && probe.command[0] !== "" ? undefined : "no command";
  }
}

function healthFault(health: HealthCheck): string | undefined {
  const { intervalMs, timeoutMs, failures, successes, graceMs } = health;
  if (!isCount(intervalMs, 1) || !isCount(timeoutMs, 1) || !isCount(graceMs, 0)) {
    return "a time is no whole number of milliseconds";
  }
  if (!isCount(failures, 1) || !isCount(successes, 1)) return "a threshold is no number from 1";
  return probeFault(health.probe);
}

function logFault({ maxBytes, maxAgeMs, keep }: LogPolicy): string | undefined {
  return [maxBytes, maxAgeMs, keep].every((number) => isCount(number, 0))
    ? undefined
    : "a limit is no whole number from 0";
}
