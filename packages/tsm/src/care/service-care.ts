import type { Probe } from "./probe.ts";

/** When a service that runs counts as healthy. */
export interface HealthCheck {
  readonly probe: Probe;
  /** Between two probes. */
  readonly intervalMs: number;
  /** How long one may take. */
  readonly timeoutMs: number;
  /** So many failures in a row make it unhealthy, and it is restarted. */
  readonly failures: number;
  /** So many successes in a row make it healthy. */
  readonly successes: number;
  /** Failures within this time after its start do not count. */
  readonly graceMs: number;
}

/** Files whose change restarts a service. */
export interface FileWatch {
  /** Absolute paths of files and folders. */
  readonly paths: readonly string[];
  /** Globs, relative to the watched folder, of what does not count. */
  readonly ignore: readonly string[];
}

/** See {@link DependencyCondition}. */
export const CONDITIONS = ["started", "healthy", "completed"] as const;

/** What another service must have come to before this one is started. */
export type DependencyCondition = (typeof CONDITIONS)[number];

/** Another service that must come first. */
export interface Dependency {
  readonly name: string;
  readonly condition: DependencyCondition;
}

/** How much is kept of a service's output. */
export interface LogPolicy {
  /** A log longer than this is rotated; 0: never for its size. */
  readonly maxBytes: number;
  /** A log whose oldest line is older than this is rotated; 0: never for its age. */
  readonly maxAgeMs: number;
  /** So many rotated segments are kept of each stream. */
  readonly keep: number;
  readonly compress: boolean;
}

/** What applies where nothing else is said. */
export const DEFAULT_LOG_POLICY: LogPolicy = {
  maxBytes: 10 * 1024 * 1024,
  maxAgeMs: 0,
  keep: 10,
  compress: true,
};

/** What is looked after besides restarts, in `meta.json` under `care`. */
export interface ServiceCare {
  /** It counts as started once this answers yes. */
  readonly ready?: Probe;
  /** How long it may take to get ready. Default: 30 s. */
  readonly readyTimeoutMs?: number;
  readonly health?: HealthCheck;
  /** It is restarted when its whole tree uses more. */
  readonly maxMemoryBytes?: number;
  /** It is restarted at these times: a cron expression, in local time. */
  readonly cron?: string;
  readonly watch?: FileWatch;
  readonly dependsOn?: readonly Dependency[];
  readonly logs?: LogPolicy;
  /** Both streams go to one file, in exact order. */
  readonly mergeOutput?: boolean;
  /** The user it runs as; only root can choose. */
  readonly user?: string;
}
