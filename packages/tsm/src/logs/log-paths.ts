import { join } from "node:path/posix";
import type { ServicePaths } from "../files/layout.ts";
import type { LogStream } from "./log-stream.ts";

/** Where the logs of one service and what belongs to them are. */
export interface LogPaths {
  /** The folder of the service; without it, it was removed. */
  readonly service: string;
  /** `logs`: archives, index, notes. */
  readonly folder: string;
  /** Times and offsets. */
  readonly index: string;
  /** Byte 0 is locked by who rotates, byte 1 by who compresses. */
  readonly lock: string;
  /** What the service writes to. */
  readonly current: Readonly<Record<LogStream, string>>;
  /** Where the current file begins in the whole log, and what is being done to it. */
  readonly note: Readonly<Record<LogStream, string>>;
}

/** The paths of the logs of a service. */
export function logPaths({
  folder,
  out,
  err,
}: Pick<ServicePaths, "folder" | "out" | "err">): LogPaths {
  const logs = join(folder, "logs");
  return {
    service: folder,
    folder: logs,
    index: join(logs, "index.ndjson"),
    lock: join(logs, "lock"),
    current: { out, err },
    note: { out: join(logs, "rotate.out.json"), err: join(logs, "rotate.err.json") },
  };
}
