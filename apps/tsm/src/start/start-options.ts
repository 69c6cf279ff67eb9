import type { Arguments, Option, Options } from "@tetra/cli-kit";
import type { LaunchRequest } from "@tetra/tsm/launch";

const FILES = { type: "files" } as const;
const probe = "http://…, /path on its port, tcp, tcp://host:port, or a command";

/** An option of `start`, and the field of a request that it fills. */
interface StartOption extends Option {
  readonly field: keyof LaunchRequest;
}

/** A Record from option to field, so that none can be declared and then forgotten. */
const FIELDS: Readonly<Record<string, StartOption>> = {
  name: { value: "NAME", field: "name", summary: "what its name begins with" },
  port: { short: "p", value: "N", field: "port", summary: "the port it listens on, or none" },
  env: {
    short: "e",
    value: "FILE|NAME",
    field: "envFile",
    summary: "env file: a path, local for env/local.env, or none",
    complete: FILES,
  },
  cwd: { value: "DIR", field: "runIn", summary: "the folder to run in", complete: FILES },
  "pre-hook": { value: "HOOK", field: "prehook", summary: "shell text or hook to run before it" },
  restart: {
    value: "WHEN",
    field: "restart",
    summary: "no, on-failure or always",
    complete: { type: "words", words: ["no", "on-failure", "always"] },
  },
  "max-restarts": {
    value: "N",
    field: "maxRestarts",
    summary: "failures in a row before giving up",
  },
  backoff: {
    value: "FIRST[,LONGEST]",
    field: "backoff",
    summary: "waits between restarts: 100ms,30s",
  },
  success: {
    value: "LIST",
    field: "success",
    summary: "exit codes and signals that are no failure",
  },
  "stop-signal": { value: "SIGNAL", field: "stopSignal", summary: "what asks it to end" },
  "stop-timeout": {
    value: "TIME",
    field: "stopTimeout",
    summary: "wait before it is killed (10s)",
  },
  "max-memory": { value: "SIZE", field: "maxMemory", summary: "restart it above this: 300M" },
  instances: { short: "i", value: "N", field: "instances", summary: "so many alike, a port each" },
  watch: { field: "watch", summary: "restart it when files in its folder change" },
  "watch-path": {
    value: "PATH",
    repeats: true,
    field: "watch",
    summary: "watch this file or folder instead",
    complete: FILES,
  },
  "watch-ignore": {
    value: "GLOB",
    repeats: true,
    field: "watchIgnore",
    summary: "do not watch these",
  },
  cron: { value: "WHEN", field: "cron", summary: "restart it at these times: '0 4 * * *'" },
  health: { value: "PROBE", field: "health", summary: `restart it when this fails: ${probe}` },
  "health-interval": { value: "TIME", field: "healthInterval", summary: "between two probes" },
  "health-timeout": { value: "TIME", field: "healthTimeout", summary: "how long one may take" },
  "health-failures": { value: "N", field: "healthFailures", summary: "failures that count" },
  "health-successes": { value: "N", field: "healthSuccesses", summary: "successes that count" },
  "health-grace": { value: "TIME", field: "healthGrace", summary: "no failures count so long" },
  ready: {
    value: "PROBE",
    field: "ready",
    summary: "wait until this answers before start returns",
  },
  "ready-timeout": { value: "TIME", field: "readyTimeout", summary: "how long to wait (30s)" },
  "depends-on": {
    value: "NAME[:WHAT]",
    repeats: true,
    field: "dependsOn",
    summary: "start after NAME is started, healthy or completed",
    complete: { type: "ask", topic: "services" },
  },
  user: { value: "USER", field: "user", summary: "run it as this user (root only)" },
  "merge-output": { field: "mergeOutput", summary: "both streams into one file, in exact order" },
  org: { value: "ORG", field: "org", summary: "its organisation: ORG/name" },
  group: { value: "GROUP", field: "group", summary: "name it together with others" },
};

/** The options of `start` that say what to start. */
export const START_OPTIONS: Options = Object.fromEntries(
  Object.entries(FIELDS).map(([name, { field: _field, ...option }]) => [name, option]),
);

/** What was said on the command line, as fields of a request. */
export function requestOptions(args: Arguments): Partial<LaunchRequest> {
  const said = Object.entries(FIELDS).filter(([name]) => args.has(name));
  return Object.fromEntries(
    said.map(([name, { field, value, repeats }]) => {
      if (value === undefined) return [field, true];
      return [field, repeats === true ? args.values(name) : args.value(name)];
    }),
  );
}
