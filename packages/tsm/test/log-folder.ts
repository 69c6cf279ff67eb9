import { appendFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type LogLine,
  type Logs,
  type LogsOptions,
  lineText,
  openLogs,
} from "../src/logs/index.ts";
import { temporaryFolder } from "./temporary-services.ts";

/** The logs of a service that nobody runs, in a folder of their own. */
export interface LogFolder {
  readonly folder: string;
  readonly logs: Logs;
  readonly service: string;
  readonly out: string;
  /** Writes as the service does. */
  readonly write: (text: string, stream?: "out" | "err") => void;
  /** What is in the folder `logs`. */
  readonly names: () => readonly string[];
}

/** A policy that rotates at 10,000 bytes. */
export const SMALL = { maxBytes: 10_000, maxAgeMs: 0, keep: 10, compress: false } as const;

/** Makes one. */
export function logFolder(options: Partial<LogsOptions> = {}): LogFolder {
  const folder = options.folder ?? temporaryFolder();
  const service = join(folder, "runtime/processes/web");
  mkdirSync(service, { recursive: true });
  const pathOf = (stream: "out" | "err"): string => join(service, `current.${stream}`);
  return {
    folder,
    logs: openLogs({ ...options, folder }),
    service,
    out: pathOf("out"),
    write: (text, stream = "out") => appendFileSync(pathOf(stream), text),
    names: () => readdirSync(join(service, "logs")).toSorted(),
  };
}

/** Lines with numbers, each so many bytes long. */
export function numbered(from: number, count: number, bytes = 100): string {
  const lines = Array.from({ length: count }, (_, at) =>
    `${String(from + at).padStart(9, "0")} `.padEnd(bytes - 1, "x"),
  );
  return lines.map((line) => `${line}\n`).join("");
}

/** All that is read. */
export async function collect(
  batches: AsyncIterable<readonly LogLine[]>,
): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  for await (const batch of batches) for (const line of batch) lines.push(line);
  return lines;
}

/** The texts of what is read. */
export async function texts(
  batches: AsyncIterable<readonly LogLine[]>,
): Promise<readonly string[]> {
  return (await collect(batches)).map(lineText);
}
