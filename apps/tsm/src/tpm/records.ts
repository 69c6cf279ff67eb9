import { TetraError } from "@tetra/errors";
import type { Service, TsmErrorCode } from "@tetra/tsm";
import { recordOf, type ServiceRecord } from "../service-record.ts";
import { uptimeText } from "../uptime-text.ts";

/** A process as `--json` prints it. */
export function recordOfKnown(service: Service, nowMs: number): ServiceRecord {
  return recordOf(service, { nowMs, usage: undefined });
}

/** What tpm says of a process: `online` or `stopped`, and nothing in between. */
export interface TpmRow {
  readonly name: string;
  readonly status: "online" | "stopped";
  readonly pid: string;
  readonly port: string;
  readonly uptime: string;
}

const NOTHING = "-";

/** A row of tpm's list. */
export function rowOf({ meta, observed }: Service, nowMs: number): TpmRow {
  const { main, startedAtMs } = observed;
  const isUp = main !== undefined;
  return {
    name: meta.name,
    status: isUp ? "online" : "stopped",
    pid: isUp ? String(main.pid) : NOTHING,
    port: meta.port === undefined ? NOTHING : String(meta.port),
    uptime: isUp && startedAtMs !== undefined ? uptimeText(nowMs - startedAtMs) : NOTHING,
  };
}

/** The name before its port. */
export function baseOf(name: string): string {
  return name.replace(/-\d+$/, "");
}

/** The refusal of what runs already. */
export function alreadyRunning(name: string): TetraError<TsmErrorCode> {
  return new TetraError("ALREADY_RUNNING", `process '${name}' already running`, {
    hint: "stop or restart it",
    details: { name },
  });
}
