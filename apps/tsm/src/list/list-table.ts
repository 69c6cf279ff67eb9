import { type Piece, styled, table } from "@tetra/cli-kit";
import { basename } from "node:path";
import type { ServiceRecord } from "../service-record.ts";
import { sizeText } from "../size-text.ts";
import { statusSpan } from "../status-style.ts";
import { uptimeText } from "../uptime-text.ts";

/** How a table of services is laid out. */
export interface ListLayout {
  /** Columns of the terminal, where there is one. */
  readonly columns: number | undefined;
  /** Whether a service file of this name exists. */
  readonly isDefined: (name: string) => boolean;
}

/** Below so many columns there is room for little. */
const COMPACT_BELOW = 60;
const NAME = 1;
const NOTHING = "-";

const WIDE = [
  "ID",
  "Name",
  "Env",
  "PID",
  "Port",
  "Status",
  "Uptime",
  "Restarts",
  "CPU",
  "Memory",
] as const;
const COMPACT = ["ID", "NAME", "ENV", "PID", "PORT", "STATUS"] as const;

/** Services as a table, below sixty columns a smaller one; names give way, cut with `...`. */
export function listTable(
  records: readonly ServiceRecord[],
  { columns, isDefined }: ListLayout,
): readonly (readonly Piece[])[] {
  const isCompact = columns !== undefined && columns < COMPACT_BELOW;
  const headings = isCompact ? COMPACT : WIDE;
  const rows = records.map((record) => {
    const cells = cellsOf(record, isDefined);
    return isCompact ? cells.slice(0, COMPACT.length) : cells;
  });
  return table([headings.map((text) => styled(text, "bold")), ...rows], {
    columns,
    shrink: NAME,
    mark: "...",
  });
}

function cellsOf(record: ServiceRecord, isDefined: ListLayout["isDefined"]): readonly Piece[] {
  const { tsm_id: id, name, pid, status, uptime, restarts, cpu, memory } = record;
  return [
    shown(id),
    isDefined(name) ? name : `${name} ~`,
    envText(record),
    shown(pid),
    portSpan(record),
    statusSpan(status, status === "available" ? NOTHING : status),
    uptime === null ? NOTHING : uptimeText(uptime * 1000),
    status === "available" ? NOTHING : shown(restarts),
    cpu === null ? NOTHING : cpuText(cpu),
    memory === null ? NOTHING : sizeText(memory),
  ];
}

/** Processor use: one digit after the point while that says something. */
export function cpuText(percent: number): string {
  return `${percent.toFixed(percent < 9.95 ? 1 : 0)}%`;
}

/** The env file's base name. */
export function envText({ env_file: file }: Pick<ServiceRecord, "env_file">): string {
  return file === "" ? NOTHING : basename(file);
}

/** The port it said, and the one it was seen to listen on instead. */
export function portText({ port, actual_port: actual }: PortFields): string {
  return actual === null || actual === port ? shown(port) : `${shown(port)}→${actual}`;
}

type PortFields = Pick<ServiceRecord, "port" | "actual_port">;

function portSpan(record: ServiceRecord): Piece {
  const text = portText(record);
  return text.includes("→") ? styled(text, "yellow") : text;
}

function shown(value: number | null): string {
  return value === null ? NOTHING : String(value);
}
