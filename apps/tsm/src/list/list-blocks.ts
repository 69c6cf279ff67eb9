import { type Piece, styled } from "@tetra/cli-kit";
import type { ServiceRecord } from "../service-record.ts";
import { sizeText } from "../size-text.ts";
import { statusSpan } from "../status-style.ts";
import { uptimeText } from "../uptime-text.ts";
import { cpuText, envText, portText } from "./list-table.ts";

type Line = readonly Piece[];

/** What a block tells of a service besides its record. */
export interface BlockContext {
  /** Whether something listens on a port. */
  readonly isListening: (port: number) => boolean;
}

/** A block of lines for each service. */
export function listBlocks(
  records: readonly ServiceRecord[],
  context: BlockContext,
): readonly Line[] {
  return records.flatMap((record, at) => [...(at === 0 ? [] : [[]]), ...blockOf(record, context)]);
}

function blockOf(record: ServiceRecord, { isListening }: BlockContext): readonly Line[] {
  const { tsm_id: id, name, status, uptime, pid, port, cpu, memory } = record;
  const rows: readonly (readonly [string, Piece])[] = [
    ["Status", statusSpan(status)],
    ["Uptime", uptime === null ? "-" : uptimeText(uptime * 1000)],
    ["Type", record.process_type],
    ["PID", pid === null ? "-" : String(pid)],
    ["CPU", cpu === null ? "-" : cpuText(cpu)],
    ["Memory", memory === null ? "-" : sizeText(memory)],
    ["Command", record.command],
    ["CWD", record.cwd],
    ["Env", envText(record)],
    [
      "Port",
      port === null
        ? "-"
        : `${portText(record)} (${isListening(port) ? "listening" : "not listening"})`,
    ],
  ];
  return [
    [styled(`[${id ?? "-"}] ${name}`, "bold")],
    ...rows.map(([label, value]): Line => ["  ", `${label}:`.padEnd(10), value]),
  ];
}
