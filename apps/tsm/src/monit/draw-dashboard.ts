import { clip, displayWidth, type Piece, styled, table, visible } from "@tetra/cli-kit";
import { counted } from "../counted.ts";
import { type ListedStatus, type ServiceRecord } from "../service-record.ts";
import { sizeText } from "../size-text.ts";
import { statusSpan } from "../status-style.ts";
import { uptimeText } from "../uptime-text.ts";
import { chart } from "./chart.ts";
import { type Dashboard, KEYS, selectedService, shownServices } from "./dashboard.ts";

/** The size of a terminal. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

type Line = readonly Piece[];

const HEADING = ["ID", "NAME", "STATUS", "PID", "PORT", "UPTIME", "RESTARTS", "CPU", "MEMORY"];
const NAME_COLUMN = 1;
const CHART_LINES = 5;
/** Below this a chart tells nothing. */
const LEAST_ROWS_FOR_CHARTS = 20;

/** The whole screen: never more lines than it has, none wider than it is. */
export function drawDashboard(dashboard: Dashboard, size: ScreenSize): readonly Line[] {
  const head = titleOf(dashboard);
  const foot = footOf(dashboard);
  const room = Math.max(0, size.rows - 2);
  const middle =
    dashboard.mode === "help" ? helpLines() : middleOf(dashboard, { ...size, rows: room });
  const filled = Array.from({ length: room }, (_, at) => middle[at] ?? []);
  return [head, ...filled, foot].slice(0, size.rows).map((line) => fitted(line, size.columns));
}

function middleOf(dashboard: Dashboard, size: ScreenSize): readonly Line[] {
  const shown = shownServices(dashboard);
  const selected = selectedService(dashboard);
  if (shown.length === 0) {
    const why =
      dashboard.services.length === 0
        ? "No services yet: tsm start <command>"
        : "No service has this name";
    return [[], [`  ${why}`]];
  }
  const charts =
    selected === undefined || size.rows < LEAST_ROWS_FOR_CHARTS
      ? []
      : chartsOf(dashboard, selected, size.columns);
  const most = Math.max(1, Math.floor((size.rows - charts.length) / 2) - 2);
  const list = listOf(shown, { selected: selected?.name, most, columns: size.columns });
  const left = size.rows - list.length - charts.length;
  return [...list, ...charts, ...logOf(dashboard, selected, left)];
}

const COUNTED: readonly ListedStatus[] = [
  "online",
  "starting",
  "stopping",
  "backing off",
  "crashed",
  "given up",
  "stopped",
];

function titleOf({ services }: Dashboard): Line {
  const counts = COUNTED.flatMap((status) => {
    const count = services.filter((one) => one.status === status).length;
    return count === 0 ? [] : ["  ", statusSpan(status, `${count} ${status}`)];
  });
  return [styled("tsm monit", "bold"), `  ${counted(services.length, "service")}`, ...counts];
}

function footOf(dashboard: Dashboard): Line {
  const { mode, filter, message, selected = "" } = dashboard;
  switch (mode) {
    case "filter":
      return [
        styled("filter: ", "bold"),
        filter,
        styled("█", "dim"),
        styled("  Enter keeps it, Escape clears it", "dim"),
      ];
    case "confirm-delete":
      return [styled(`Delete ${selected} and its logs? [y/N]`, "bold", "yellow")];
    case "help":
      return [styled("any key goes back", "dim")];
    case "browse": {
      const keys = KEYS.flatMap(([key, meaning]) => [
        styled(key, "bold"),
        styled(` ${meaning}  `, "dim"),
      ]);
      return message === "" ? keys : [...keys, message];
    }
  }
}

function helpLines(): readonly Line[] {
  const lines = KEYS.map(([key, meaning]): Line => ["  ", styled(key.padEnd(4), "bold"), meaning]);
  return [[], ...lines];
}

interface ListLayout {
  readonly selected: string | undefined;
  /** So many services, the selected one among them. */
  readonly most: number;
  readonly columns: number;
}

function listOf(shown: readonly ServiceRecord[], layout: ListLayout): readonly Line[] {
  const { selected, most, columns } = layout;
  const at = Math.max(
    0,
    shown.findIndex(({ name }) => name === selected),
  );
  const first = Math.max(0, Math.min(at - Math.floor(most / 2), shown.length - most));
  const inView = shown.slice(first, first + most);
  const rows = [HEADING.map((word) => styled(word, "dim")), ...inView.map(rowOf)];
  const lines = table(rows, { columns: columns - 2, shrink: NAME_COLUMN });
  const hidden = shown.length - inView.length;
  const more: readonly Line[] = hidden === 0 ? [] : [[styled(`  … ${hidden} more`, "dim")]];
  const marked = lines.map((line, index): Line => {
    const isSelected = index > 0 && inView[index - 1]?.name === selected;
    const mark: Line = [isSelected ? styled("▸ ", "bold", "cyan") : "  "];
    return mark.concat(line);
  });
  return [...marked, ...more, []];
}

function rowOf(service: ServiceRecord): readonly Piece[] {
  const { tsm_id: id, name, status, pid, port, uptime, restarts, cpu, memory } = service;
  return [
    String(id ?? "-"),
    name,
    statusSpan(status),
    String(pid ?? "-"),
    String(port ?? "-"),
    uptime === null ? "-" : uptimeText(uptime * 1000),
    String(restarts),
    cpu === null ? "-" : `${cpu.toFixed(1)}%`,
    memory === null ? "-" : sizeText(memory),
  ];
}

function chartsOf(dashboard: Dashboard, service: ServiceRecord, columns: number): readonly Line[] {
  const recent = dashboard.recent.get(service.name) ?? { cpu: [], memory: [] };
  const width = Math.max(8, Math.floor((columns - 6) / 2));
  const cpuFull = Math.max(100, ...recent.cpu);
  const memoryFull = Math.max(1, ...recent.memory) * 1.25;
  const cpu = chart(recent.cpu, { width, height: CHART_LINES, full: cpuFull });
  const memory = chart(recent.memory, { width, height: CHART_LINES, full: memoryFull });
  const title = (text: string): string => text.padEnd(width);
  return [
    [
      styled("  CPU ", "bold"),
      styled(title(`of ${cpuFull.toFixed(0)}%`).slice(0, width - 2), "dim"),
      styled("MEMORY ", "bold"),
      styled(`of ${sizeText(memoryFull)}`, "dim"),
    ],
    ...cpu.map((line, at): Line => [
      "  ",
      styled(line, "cyan"),
      "  ",
      styled(memory[at] ?? "", "magenta"),
    ]),
    [],
  ];
}

function logOf(
  { lines }: Dashboard,
  selected: ServiceRecord | undefined,
  rows: number,
): readonly Line[] {
  if (selected === undefined || rows < 2) return [];
  const shown = lines.slice(-(rows - 1));
  const body =
    shown.length === 0 ? [[styled("  (empty)", "dim")]] : shown.map((line) => [`  ${line}`]);
  return [[styled(`  LOG ${selected.name}`, "bold")], ...body];
}

/** Cuts a line to the width of the screen. */
export function fitted(line: Line, columns: number): Line {
  const kept: Piece[] = [];
  let left = columns;
  for (const piece of line) {
    const text = clip(visible(typeof piece === "string" ? piece : piece.text), left);
    if (text === "") break;
    kept.push(typeof piece === "string" ? text : styled(text, ...piece.styles));
    left -= displayWidth(text);
  }
  return kept;
}
