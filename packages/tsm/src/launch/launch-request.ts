import type { ServiceCare } from "../care/service-care.ts";
import type { ServiceEnvironment } from "../files/store.ts";
import type { ServiceSpec } from "../run/service-spec.ts";
import type { RestartPolicy } from "../supervise/restart-policy.ts";

/**
 * What somebody asked to be started, as plain JSON: the words and options of a command line, or what a
 * definition says in their place. Times are milliseconds or text with a unit (`1.5s`, `200ms`, `2m`),
 * sizes bytes or text (`300M`); what is not said has the default of `ServiceSpec`.
 */
export interface LaunchRequest {
  /** The command: several words are run as they are, a single one with shell syntax under `sh -c`. */
  readonly words: readonly string[];
  /** Where relative paths of the options start, and where it runs unless `runIn` says otherwise; absolute. */
  readonly cwd: string;
  /** What the service's environment is built on. */
  readonly environment: ServiceEnvironment;
  /** `--cwd`: the folder to run in. */
  readonly runIn?: string;
  /** `--name`: what the name begins with. */
  readonly name?: string;
  /** `--port`; `none`: it has none, whatever its command looks like. */
  readonly port?: string | number;
  /** `--env`: a bare word (`local` is `env/local.env`), a path, or `none`. Default: looked for beside scripts. */
  readonly envFile?: string;
  /** `--pre-hook`: a function that bash has exported, a hook's name, or shell text. */
  readonly prehook?: string;
  /** `--restart`: `no`, `on-failure` or `always`. */
  readonly restart?: string;
  /** `--max-restarts`. */
  readonly maxRestarts?: string | number;
  /** `--backoff`: the first wait, and after a comma the longest: `100ms`, `100ms,30s`. */
  readonly backoff?: string | number;
  /** `--success`: exit codes and signals that count as success, `0,143,SIGTERM`. */
  readonly success?: string;
  /** `--stop-signal`: `SIGINT`, or `INT`. */
  readonly stopSignal?: string;
  /** `--stop-timeout`. */
  readonly stopTimeout?: string | number;
  /** `--max-memory`. */
  readonly maxMemory?: string | number;
  /** `--instances`: so many alike, with ports one after the other. */
  readonly instances?: string | number;
  /** `--watch`: the folder it runs in, or these files and folders. */
  readonly watch?: boolean | readonly string[];
  /** Globs of what is not watched, besides what never is. */
  readonly watchIgnore?: readonly string[];
  /** `--cron`. */
  readonly cron?: string;
  /** `--health`: an http address, a path on its port, `tcp`, `tcp://host:port`, or a command. */
  readonly health?: string;
  /** Between two probes. */
  readonly healthInterval?: string | number;
  /** How long a probe may take. */
  readonly healthTimeout?: string | number;
  /** So many failures in a row count. */
  readonly healthFailures?: string | number;
  /** So many successes in a row count. */
  readonly healthSuccesses?: string | number;
  /** Failures do not count for so long after its start. */
  readonly healthGrace?: string | number;
  /** `--ready`: a probe as for `health`. */
  readonly ready?: string;
  /** How long it may take to get ready. */
  readonly readyTimeout?: string | number;
  /** `--depends-on`: `name` or `name:condition`; conditions are `started`, `healthy`, `completed`. */
  readonly dependsOn?: readonly string[];
  /** `--user`. */
  readonly user?: string;
  /** `--merge-output`. */
  readonly mergeOutput?: boolean;
  /** Its organisation. */
  readonly org?: string;
  /** What it is named together with others by. */
  readonly group?: string;
  /** Who asks, for the history. */
  readonly by?: string;
  /** What a definition says; the options above win. */
  readonly service?: ServiceDefaults;
}

/** What a definition says where the command line does not. */
export interface ServiceDefaults {
  /** What its name begins with, or is. */
  readonly base: string;
  /** Whether the port, or the time of its start, is put after that, as the original does. */
  readonly withPort: boolean;
  /** Counts below the port of the env file. */
  readonly port?: number;
  /** Counts below `--pre-hook`. */
  readonly prehook?: string;
  /** Variables of its environment; they come before those of the env file. */
  readonly variables?: ServiceEnvironment;
  /** In full; single options of the request are put over it. */
  readonly restartPolicy?: RestartPolicy;
  /** Single options of the request are put over it. */
  readonly care?: ServiceCare;
  /** Which definition this is: JSON for whoever reads it again. */
  readonly definition?: unknown;
}

/** Where a port was found, in the order of the ladder; `environment` is for TPM only. */
export type PortSource =
  | "option"
  | "env file"
  | "definition"
  | "assignment"
  | "script"
  | "command"
  | "environment"
  | "none";

/** One service that is ready to be started. */
export interface Launch {
  /** What to start; its `origin` is what `relaunch` wants. */
  readonly spec: ServiceSpec;
  /** Where its port was found. */
  readonly portSource: PortSource;
  /** What is odd, but no reason to refuse; a line each. */
  readonly warnings: readonly string[];
  /** Whether its name ends in the time: who plans a moment later may get another. */
  readonly isNamedByTime?: boolean;
}
