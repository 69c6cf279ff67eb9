import type { App } from "../app.ts";
import { openedDefinitions } from "../opened-definitions.ts";
import type { ServiceRecord } from "../service-record.ts";

/** Every service that has a file: as it is, or with dashes for what does not run. */
export function availableRecords(
  app: App,
  records: readonly ServiceRecord[],
): readonly ServiceRecord[] {
  return openedDefinitions(app)
    .list()
    .flatMap(({ name, org = null }) => {
      const ours = records.filter(
        (record) =>
          record.pid !== null &&
          record.name.replace(/-\d+$/, "") === name.replace(/-\d+$/, "") &&
          (org === null || record.org === null || record.org === org),
      );
      return ours.length > 0 ? ours : [{ ...NOT_STARTED, name, org }];
    });
}

const NOT_STARTED: Omit<ServiceRecord, "name" | "org"> = {
  tsm_id: null,
  status: "available",
  pid: null,
  port: null,
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
  group: null,
  instance: null,
  restart: "no",
  health: null,
  next_try_at: null,
  given_up: null,
};
