import type { Meta, Service, ServiceStatus, UsageSample } from "@tetra/tsm";

/** What a service uses now. */
export interface Usage {
  /** Per cent of one processor, of the whole tree. */
  readonly cpu: number;
  /** Resident bytes of the whole tree. */
  readonly memory: number;
  readonly processes: number;
}

/** What lists show: a service's status, that there is only a definition, or that its file cannot be read. */
export type ListedStatus = ServiceStatus | "available" | "broken";

/** A service as `--json` prints it: the names of `meta.json`, with what is true at this moment. */
export interface ServiceRecord {
  readonly tsm_id: number | null;
  readonly name: string;
  readonly status: ListedStatus;
  /** Of the command, while it lives. */
  readonly pid: number | null;
  readonly port: number | null;
  /** What it was seen to listen on when it started, or by the last scan; `null`: nothing was seen. */
  readonly actual_port: number | null;
  /** Seconds since it began; `null` when it does not run. */
  readonly uptime: number | null;
  readonly restarts: number;
  readonly unstable_restarts: number;
  /** Per cent of one processor; `null` when it does not run or nobody looked. */
  readonly cpu: number | null;
  /** Resident bytes; `null` likewise. */
  readonly memory: number | null;
  /** How the last run ended; `null` while it runs, when a signal ended it, or when nobody saw it. */
  readonly exit_code: number | null;
  readonly exit_signal: string | null;
  /** Why neither is known. */
  readonly exit_reason: string | null;
  readonly command: string;
  readonly cwd: string;
  readonly interpreter: string;
  readonly process_type: string;
  readonly env_file: string;
  readonly prehook: string;
  /** Unix seconds. */
  readonly start_time: number | null;
  readonly stop_time: number | null;
  readonly desired: Meta["desired"];
  readonly generation: number;
  readonly org: string | null;
  readonly group: string | null;
  readonly instance: number | null;
  readonly restart: string;
  /** What health probes came to; `null` without any, and when it does not run. */
  readonly health: string | null;
  /** When the next start is tried, RFC 3339. */
  readonly next_try_at: string | null;
  /** Why it was given up. */
  readonly given_up: string | null;
}

/** What a record is made of beside the service. */
export interface RecordContext {
  readonly nowMs: number;
  readonly usage: Usage | undefined;
  readonly actualPort?: number | undefined;
}

/** What a service is, for other programs. */
export function recordOf(
  service: Service,
  { nowMs, usage, actualPort }: RecordContext,
): ServiceRecord {
  const { meta, observed, status, supervision, nextTryAtMs } = service;
  const { exit, main, startedAtMs } = observed;
  const isUp = main !== undefined;
  return {
    tsm_id: meta.tsm_id ?? null,
    name: meta.name,
    status,
    pid: main?.pid ?? null,
    port: meta.port ?? null,
    actual_port: actualPort ?? null,
    uptime: isUp && startedAtMs !== undefined ? secondsOf(nowMs - startedAtMs) : null,
    restarts: meta.restarts,
    unstable_restarts: meta.unstable_restarts,
    cpu: usage === undefined ? null : Math.round(usage.cpu * 10) / 10,
    memory: usage?.memory ?? null,
    exit_code: exit?.code ?? null,
    exit_signal: exit?.signal ?? null,
    exit_reason: exit?.reason ?? null,
    command: meta.command,
    cwd: meta.cwd,
    interpreter: meta.interpreter,
    process_type: meta.process_type,
    env_file: meta.env_file,
    prehook: meta.prehook,
    start_time: meta.start_time ?? null,
    stop_time: meta.stop_time ?? null,
    desired: meta.desired,
    generation: meta.generation,
    org: meta.org ?? null,
    group: meta.group ?? null,
    instance: meta.instance ?? null,
    restart: meta.restart_policy.restart,
    health: isUp ? (supervision?.health?.state ?? null) : null,
    next_try_at: nextTryAtMs === undefined ? null : new Date(nextTryAtMs).toISOString(),
    given_up: supervision?.givenUp ?? null,
  };
}

/** A record of something of which nothing but its name is known. */
export function emptyRecord(name: string, status: "available" | "broken"): ServiceRecord {
  return { ...EMPTY, name, status };
}

const EMPTY: Omit<ServiceRecord, "name" | "status"> = {
  tsm_id: null,
  pid: null,
  port: null,
  actual_port: null,
  uptime: null,
  restarts: 0,
  unstable_restarts: 0,
  cpu: null,
  memory: null,
  exit_code: null,
  exit_signal: null,
  exit_reason: null,
  command: "",
  cwd: "",
  interpreter: "",
  process_type: "",
  env_file: "",
  prehook: "",
  start_time: null,
  stop_time: null,
  desired: "stopped",
  generation: 0,
  org: null,
  group: null,
  instance: null,
  restart: "no",
  health: null,
  next_try_at: null,
  given_up: null,
};

/** What a single look tells: the average since the start, which costs no second look; `undefined`: nothing was seen. */
export function averageUsage(
  sample: UsageSample | undefined,
  startedAtMs: number | undefined,
): Usage | undefined {
  if (sample === undefined || startedAtMs === undefined || sample.memoryBytes === 0)
    return undefined;
  const ms = Math.max(1, sample.atMs - startedAtMs);
  const { cpuMs, memoryBytes: memory, processes } = sample;
  return { cpu: (100 * cpuMs) / ms, memory, processes };
}

function secondsOf(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}
