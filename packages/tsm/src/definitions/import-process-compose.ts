import { isRecord } from "../files/lenient.ts";
import {
  carried,
  changed,
  dropped,
  type Imported,
  importedName,
  type ImportedField,
  PART_OF_COMMAND,
  scalarOf,
  textsOf,
  translate,
  type Translated,
  type Translator,
} from "./import-report.ts";
import type { HealthKeys, ProbeKeys, ReadyKeys, ServiceKeys } from "./service-keys.ts";

/** Signals by their numbers, which are the same on Linux and macOS. */
const SIGNAL_OF: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  6: "SIGABRT",
  9: "SIGKILL",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
};

const CONDITION_OF: Readonly<Record<string, "started" | "healthy" | "completed">> = {
  process_started: "started",
  process_healthy: "healthy",
  process_completed_successfully: "completed",
  process_completed: "completed",
  process_log_ready: "started",
};

/** Where a file of process-compose and its shell are. */
const SHELL_KEYS: ReadonlySet<string> = new Set(["shell_command", "shell_argument"]);

/**
 * Translates a file of process-compose, once that is data.
 * @returns `undefined` when it is none
 */
export function importProcessCompose(file: unknown): Imported | undefined {
  const processes = isRecord(file) ? file["processes"] : undefined;
  if (!isRecord(file) || !isRecord(processes)) return undefined;
  const names = new Map<string, string>();
  for (const name of Object.keys(processes)) names.set(name, importedName(name, names.values()));
  const services: Record<string, ServiceKeys> = {};
  const report: ImportedField[] = [];
  for (const [given, fields] of Object.entries(processes)) {
    const name = names.get(given) ?? given;
    const imported = translate(name, isRecord(fields) ? fields : {}, translators(names));
    services[name] = { command: commandOf(isRecord(fields) ? fields : {}), ...imported.keys };
    if (name !== given) {
      report.push({
        service: name,
        field: given,
        outcome: "changed",
        became: "the service's name",
      });
    }
    report.push(...imported.report);
  }
  const { keys, lines } = wholeFile(file);
  return { keys: { ...keys, services }, report: [...report, ...lines] };
}

interface WholeFile {
  readonly keys: { readonly env?: Readonly<Record<string, string>> };
  readonly lines: readonly ImportedField[];
}

const NOT_EXPANDED = "process-compose expands variables in it, tsm does not: write their values";

/** Whether process-compose would find a variable in a value. */
function expandedIn(env: ReturnType<typeof variablesIn>): boolean {
  return Object.values(env).some((value) => /\$(?:\{|[A-Za-z_])/.test(scalarOf(value)));
}

/** What is about all processes. */
function wholeFile(file: Readonly<Record<string, unknown>>): WholeFile {
  const env = variablesIn(file["environment"]);
  const about = (field: string): Pick<ImportedField, "outcome" | "became" | "note"> => {
    switch (field) {
      case "environment":
        return expandedIn(env)
          ? { outcome: "changed", became: "env", note: NOT_EXPANDED }
          : { outcome: "carried", became: "env" };
      case "shell":
        return isRecord(file["shell"]) &&
          Object.keys(file["shell"]).some((key) => SHELL_KEYS.has(key))
          ? {
              outcome: "changed",
              note: "commands run under sh -c; name another shell in the command",
            }
          : dropped("commands run under sh -c");
      case "log_location":
      case "log_configuration":
      case "log_length":
        return dropped("output goes to files of tsm's own, one pair for each service");
      case "version":
        return { outcome: "carried", note: "tsm.yaml has no versions" };
      default:
        return dropped("tsm has nothing for it");
    }
  };
  const lines = Object.keys(file)
    .filter((field) => field !== "processes")
    .map((field): ImportedField => Object.assign(about(field), { service: "(file)", field }));
  return { keys: Object.keys(env).length === 0 ? {} : { env }, lines };
}

function commandOf({
  command,
  entrypoint,
}: Readonly<Record<string, unknown>>): string | readonly string[] {
  if (Array.isArray(entrypoint)) return textsOf(entrypoint);
  return scalarOf(command ?? "").replaceAll("$$", "$"); // two for one of the shell's own
}

function translators(names: ReadonlyMap<string, string>): Readonly<Record<string, Translator>> {
  return {
    command: PART_OF_COMMAND,
    entrypoint: PART_OF_COMMAND,
    description: (value) => carried("description", scalarOf(value)),
    working_dir: (value) => carried("cwd", scalarOf(value)),
    environment: (value) => {
      const env = variablesIn(value);
      if (Object.keys(env).length === 0) return undefined;
      return expandedIn(env) ? changed("env", env, NOT_EXPANDED) : carried("env", env);
    },
    env_file: (value) => {
      const [first = "", ...more] = textsOf(value);
      return more.length === 0
        ? carried("env_file", first)
        : changed("env_file", first, `only the first: put ${more.join(", ")} into it`);
    },
    namespace: (value) =>
      value === "default" ? undefined : carried("org", importedName(scalarOf(value))),
    replicas: (value) => (Number(value) === 1 ? undefined : carried("instances", Number(value))),
    disabled: (value) => carried("enabled", value !== true),
    availability: (value) => (isRecord(value) ? availability(value) : dropped("it is no object")),
    depends_on: (value) => (isRecord(value) ? dependsOn(value, names) : dropped("it is no object")),
    readiness_probe: (value) => probeOf("ready", value),
    liveness_probe: (value) => probeOf("health", value),
    shutdown: (value) => (isRecord(value) ? shutdown(value) : undefined),
    schedule: (value) =>
      isRecord(value) && value["cron"] !== undefined
        ? changed(
            "cron",
            scalarOf(value["cron"]),
            "it is restarted at these times; it also starts with the others",
          )
        : dropped("only cron expressions: use a cron of the system"),
    log_location: () => dropped("output goes to files of tsm's own: tsm logs, tsm paths"),
    log_configuration: () => dropped("logs: says how much is kept"),
    ready_log_line: () => dropped("say what answers when it is ready: ready: tcp"),
    is_daemon: (value) =>
      value === true
        ? dropped("a service must stay in the foreground: leave its daemon option out")
        : undefined,
    is_tty: (value) => (value === true ? dropped("a service has no terminal") : undefined),
    is_foreground: (value) => (value === true ? dropped("a service has no terminal") : undefined),
  };
}

/** A list of `NAME=value`, or names with values. */
function variablesIn(value: unknown): Readonly<Record<string, string>> {
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, scalarOf(text)]));
  }
  if (!Array.isArray(value)) return {};
  return Object.fromEntries(
    textsOf(value).map((item) => {
      const at = item.indexOf("=");
      return at === -1 ? [item, ""] : [item.slice(0, at), item.slice(at + 1)];
    }),
  );
}

const RESTART_OF: Readonly<Record<string, "no" | "on-failure" | "always">> = {
  no: "no",
  always: "always",
  on_failure: "on-failure",
  exit_on_failure: "no",
};

function availability(value: Readonly<Record<string, unknown>>): Translated {
  const { restart: given = "no", backoff_seconds, max_restarts, ...rest } = value;
  const restart = RESTART_OF[given === false ? "no" : scalarOf(given)] ?? "no";
  const lost = [
    ...(given === "exit_on_failure" ? ["exit_on_failure: nothing else ends with it"] : []),
    ...Object.keys(rest).map((key) => `${key} is left out`),
  ];
  const seconds = backoff_seconds === undefined ? undefined : `${Number(backoff_seconds)}s`;
  return {
    outcome: lost.length === 0 ? "carried" : "changed",
    became: "restart",
    ...(lost.length === 0 ? {} : { note: lost.join("; ") }),
    keys: {
      restart,
      ...(seconds === undefined ? {} : { backoff: { first: seconds, max: seconds, jitter: 0 } }),
      // 0: any number
      ...(max_restarts === undefined || max_restarts === 0
        ? {}
        : { max_restarts: Number(max_restarts) }),
    },
  };
}

function dependsOn(
  value: Readonly<Record<string, unknown>>,
  names: ReadonlyMap<string, string>,
): Translated {
  const notes: string[] = [];
  const conditions = Object.entries(value).map(([name, need]) => {
    const given = isRecord(need)
      ? scalarOf(need["condition"] ?? "process_started")
      : "process_started";
    if (given === "process_completed") notes.push(`${name} must end well`);
    if (given === "process_log_ready") notes.push(`${name} counts when it is started`);
    return [names.get(name) ?? name, CONDITION_OF[given] ?? "started"] as const;
  });
  const became = Object.fromEntries(conditions);
  return notes.length === 0
    ? carried("depends_on", became)
    : changed("depends_on", became, notes.join("; "));
}

function probeOf(key: "ready" | "health", value: unknown): Translated {
  if (!isRecord(value)) return dropped("it is no object");
  const asked = askedBy(value);
  if (asked === undefined) return dropped("only exec and http_get can be asked");
  const seconds = (field: string): string | undefined =>
    value[field] === undefined ? undefined : `${Number(value[field])}s`;
  const present = (keys: Readonly<Record<string, unknown>>): object =>
    Object.fromEntries(Object.entries(keys).filter(([, it]) => it !== undefined));
  if (key === "ready") {
    const ready: ReadyKeys = asked;
    return changed(
      "ready",
      ready,
      "it is asked until it answers, for 30s unless timeout says otherwise",
    );
  }
  const health: HealthKeys = {
    ...asked,
    ...present({
      interval: seconds("period_seconds") ?? "10s",
      timeout: seconds("timeout_seconds") ?? "1s",
      failures: value["failure_threshold"],
      successes: value["success_threshold"],
      grace: seconds("initial_delay_seconds"),
    }),
  };
  return carried("health", health);
}

function askedBy({
  exec,
  http_get: http,
}: Readonly<Record<string, unknown>>): ProbeKeys | undefined {
  if (isRecord(exec)) return { command: scalarOf(exec["command"]).replaceAll("$$", "$") };
  if (!isRecord(http)) return undefined;
  const { scheme = "http", host = "127.0.0.1", port, path = "/" } = http;
  const at = port === undefined ? "" : `:${scalarOf(port)}`;
  return { http: `${scalarOf(scheme).toLowerCase()}://${scalarOf(host)}${at}${scalarOf(path)}` };
}

function shutdown(value: Readonly<Record<string, unknown>>): Translated {
  const { signal, timeout_seconds: timeout, ...rest } = value;
  const name = signal === undefined ? undefined : SIGNAL_OF[Number(signal)];
  const lost = [
    ...(signal !== undefined && name === undefined ? [`signal ${scalarOf(signal)}`] : []),
    ...Object.keys(rest),
  ];
  return {
    outcome: lost.length === 0 ? "carried" : "changed",
    became: "stop_signal and stop_timeout",
    ...(lost.length === 0 ? {} : { note: `left out: ${lost.join(", ")}` }),
    keys: {
      ...(name === undefined ? {} : { stop_signal: name }),
      ...(timeout === undefined ? {} : { stop_timeout: `${Number(timeout)}s` }),
    },
  };
}
