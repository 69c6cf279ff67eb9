import type { ServiceKeys } from "./service-keys.ts";

/** How a value stands in a `.tsm` file. */
type Kind = "text" | "number" | "yes" | "list";

/** A variable of a `.tsm` file: where among the keys of a service its value belongs. */
export interface TsmVariable {
  readonly name: string;
  readonly path: readonly [keyof ServiceKeys, ...string[]];
  readonly kind: Kind;
}

function variable(name: string, kind: Kind, ...path: TsmVariable["path"]): TsmVariable {
  return { name: `TSM_${name}`, kind, path };
}

/**
 * What a `.tsm` file may say besides its name, command and env file. The first four are the original's;
 * its tools source the file, and know nothing of the rest.
 */
export const TSM_VARIABLES: readonly TsmVariable[] = [
  variable("DESCRIPTION", "text", "description"),
  variable("CWD", "text", "cwd"),
  variable("PORT", "number", "port"),
  variable("PRE_COMMAND", "text", "pre_hook"),
  variable("SCRIPT", "text", "script"),
  variable("RESTART", "text", "restart"),
  variable("MAX_RESTARTS", "number", "max_restarts"),
  variable("BACKOFF", "text", "backoff", "first"),
  variable("BACKOFF_MAX", "text", "backoff", "max"),
  variable("BACKOFF_JITTER", "number", "backoff", "jitter"),
  variable("STABLE_AFTER", "text", "stable_after"),
  variable("STOP_SIGNAL", "text", "stop_signal"),
  variable("STOP_TIMEOUT", "text", "stop_timeout"),
  variable("MAX_MEMORY", "text", "max_memory"),
  variable("INSTANCES", "number", "instances"),
  variable("WATCH", "list", "watch", "paths"),
  variable("WATCH_IGNORE", "list", "watch", "ignore"),
  variable("CRON", "text", "cron"),
  variable("HEALTH", "text", "health", "check"),
  variable("HEALTH_INTERVAL", "text", "health", "interval"),
  variable("HEALTH_TIMEOUT", "text", "health", "timeout"),
  variable("HEALTH_FAILURES", "number", "health", "failures"),
  variable("HEALTH_SUCCESSES", "number", "health", "successes"),
  variable("HEALTH_GRACE", "text", "health", "grace"),
  variable("READY", "text", "ready", "check"),
  variable("READY_TIMEOUT", "text", "ready", "timeout"),
  variable("LOG_MAX_SIZE", "text", "logs", "max_size"),
  variable("LOG_MAX_AGE", "text", "logs", "max_age"),
  variable("LOG_KEEP", "number", "logs", "keep"),
  variable("LOG_COMPRESS", "yes", "logs", "compress"),
  variable("MERGE_OUTPUT", "yes", "merge_output"),
  variable("USER", "text", "user"),
];

/** The variables that are read and written in ways of their own. */
export const TSM_OWN = [
  "TSM_NAME",
  "TSM_COMMAND",
  "TSM_ARGS",
  "TSM_ENV",
  "TSM_ENV_FILE",
  "TSM_VARS",
  "TSM_SUCCESS_EXIT",
  "TSM_DEPS",
] as const;
