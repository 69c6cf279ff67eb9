import type { RememberedHealth } from "../files/supervision-file.ts";
import type { Service } from "../services.ts";
import type { ServiceStatus } from "../supervise/service-status.ts";

/** What every answer of a daemon begins with. */
export interface Answer {
  /** The `$TETRA_DIR` that it speaks for. */
  readonly tetra_dir: string;
}

/** `GET /v1/status` */
export interface DaemonStatus extends Answer {
  readonly pid: number;
  readonly version: string;
  readonly started_at_ms: number;
  /** How many services it looks after. */
  readonly services: number;
  /** What is wrong, besides with services: a disk that is nearly full, files that cannot be watched. */
  readonly warnings: readonly string[];
  /** Where it serves agents over HTTP; absent when nobody wants that. */
  readonly http?: HttpStatus;
}

/** Where a daemon serves the Model Context Protocol over HTTP. */
export interface HttpStatus {
  /** Addresses to connect to; empty while nothing listens. */
  readonly urls: readonly string[];
  /** How many sessions are open, those over the daemon's own socket included. */
  readonly sessions: number;
  /** Why nothing listens. */
  readonly problem?: string;
}

/** A service in `GET /v1/services`; the names are those of `meta.json`. */
export interface ServiceRow {
  readonly tsm_id?: number;
  readonly name: string;
  readonly status: ServiceStatus;
  readonly pid?: number;
  readonly port?: number;
  readonly desired: string;
  readonly generation: number;
  readonly restarts: number;
  /** Milliseconds since the epoch. */
  readonly started_at_ms?: number;
  readonly ended_at_ms?: number;
  readonly exit_code?: number | null;
  readonly exit_signal?: string | null;
  /** Why the exit is not known. */
  readonly exit_reason?: string;
  readonly failures: number;
  readonly next_try_at_ms?: number;
  readonly given_up?: string;
  readonly health?: RememberedHealth;
}

/** `GET /v1/services` */
export interface ServicesAnswer extends Answer {
  readonly services: readonly ServiceRow[];
}

/** A service as it is told. */
export function serviceRow({
  meta,
  observed,
  supervision,
  status,
  nextTryAtMs,
}: Service): ServiceRow {
  const { exit } = observed;
  return {
    ...defined("tsm_id", meta.tsm_id),
    name: meta.name,
    status,
    ...defined("pid", observed.main?.pid),
    ...defined("port", meta.port),
    desired: meta.desired,
    generation: meta.generation,
    restarts: meta.restarts,
    ...defined("started_at_ms", observed.startedAtMs),
    ...defined("ended_at_ms", observed.endedAtMs),
    ...(exit === undefined ? {} : { exit_code: exit.code, exit_signal: exit.signal }),
    ...defined("exit_reason", exit?.reason),
    failures: supervision?.failures ?? 0,
    ...defined("next_try_at_ms", nextTryAtMs),
    ...defined("given_up", supervision?.givenUp),
    ...defined("health", supervision?.health),
  };
}

function defined<Key extends keyof ServiceRow>(
  key: Key,
  value: ServiceRow[Key] | undefined,
): Partial<Pick<ServiceRow, Key>> {
  const row: Partial<Pick<ServiceRow, Key>> = {};
  if (value !== undefined) row[key] = value;
  return row;
}
