import type { ServiceRecord } from "../src/service-record.ts";

const ONLINE: ServiceRecord = {
  tsm_id: 3,
  name: "api",
  status: "online",
  pid: 4711,
  port: 8080,
  actual_port: 8080,
  uptime: 7200,
  restarts: 1,
  unstable_restarts: 0,
  cpu: 12.3,
  memory: 52_428_800,
  exit_code: null,
  exit_signal: null,
  exit_reason: null,
  command: "node api.js",
  cwd: "/srv/api",
  interpreter: "",
  process_type: "node",
  env_file: "",
  prehook: "",
  start_time: 0,
  stop_time: null,
  desired: "online",
  generation: 1,
  org: null,
  group: null,
  instance: null,
  restart: "no",
  health: null,
  next_try_at: null,
  given_up: null,
};

/** A service that runs, but for what is said. */
export function serviceRecord(name: string, changes: Partial<ServiceRecord> = {}): ServiceRecord {
  return { ...ONLINE, name, ...changes };
}
