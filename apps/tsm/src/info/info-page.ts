import { type Piece, styled } from "@tetra/cli-kit";
import type { Meta } from "@tetra/tsm";
import type { ServiceRecord } from "../service-record.ts";
import { sizeText } from "../size-text.ts";
import { statusSpan } from "../status-style.ts";
import { uptimeText } from "../uptime-text.ts";
import { cpuText } from "../list/list-table.ts";

type Line = readonly Piece[];

/** A file, and how long it is; `undefined`: there is none. */
export interface SizedFile {
  readonly path: string;
  readonly bytes: number | undefined;
}

/** Everything that a page may tell of a service. */
export interface InfoSubject {
  readonly record: ServiceRecord;
  readonly meta: Meta;
  readonly isListening: boolean | undefined;
  /** Another port that it was seen to listen on, and that something listens on now. */
  readonly otherPort: number | undefined;
  /** How many variables were captured; `undefined`: none were. */
  readonly variables: number | undefined;
  readonly logs: readonly SizedFile[];
  /** Paths by what they are. */
  readonly paths: readonly (readonly [string, string])[];
  readonly processes: number | undefined;
  /** The last lines of each log. */
  readonly lastLines: readonly (readonly [string, readonly string[]])[];
}

/** How much to tell: 0, or as often as `-v` was given. */
export type Verbosity = 0 | 1 | 2 | 3;

/** All about one service, in sections. */
export function infoPage(subject: InfoSubject, verbosity: Verbosity): readonly Line[] {
  const { record, meta } = subject;
  return [
    ...box(`Process Info: ${record.name} (TSM ID: ${record.tsm_id ?? "-"})`),
    ...section("PROCESS", processRows(subject)),
    ...section("RUNTIME", [
      ["Interpreter", record.interpreter === "" ? "-" : record.interpreter],
      ["Command", record.command],
      ["CWD", record.cwd],
      ["Port", portText(subject)],
      ...(record.prehook === "" ? [] : [row("Prehook", record.prehook)]),
      ["Restart", restartText(meta)],
    ]),
    ...section("ENVIRONMENT", [
      ["File", record.env_file === "" ? "-" : record.env_file],
      [
        "Snapshot",
        subject.variables === undefined
          ? "none"
          : `${subject.variables} variables: tsm env ${record.name}`,
      ],
    ]),
    ...section("REVISION CONTROL", gitRows(meta.others["git"])),
    ...section(
      "LOG FILES",
      subject.logs.map(({ path, bytes }) => [
        path.split("/").at(-1)?.replace("current.", "") ?? "",
        `${path} (${bytes === undefined ? "none yet" : sizeText(bytes)})`,
      ]),
    ),
    ...(verbosity < 1 ? [] : section("METADATA & PATHS", subject.paths)),
    ...(verbosity < 2 ? [] : resources(subject)),
    ...lastWords(subject),
    ...(verbosity < 3 ? [] : [[], [styled("JSON", "bold")], ...jsonLines(record)]),
  ];
}

type Row = readonly [label: string, value: Piece];

function row(label: string, value: Piece): Row {
  return [label, value];
}

function processRows({ record }: InfoSubject): readonly Row[] {
  const { status, uptime, exit_code: code, exit_signal: signal, exit_reason: reason } = record;
  const up = uptime === null ? "" : ` (${uptimeText(uptime * 1000)})`;
  const mark = record.pid === null ? "○" : "●";
  const ending =
    signal !== null ? `killed by ${signal}` : code !== null ? `exit status ${code}` : reason;
  return [
    row("Status", statusSpan(status, `${mark} ${status}${up}`)),
    ...(ending === null ? [] : [row("Last end", ending)]),
    ...(record.next_try_at === null ? [] : [row("Next try", record.next_try_at)]),
    ...(record.given_up === null ? [] : [row("Given up", record.given_up)]),
    ...(record.health === null ? [] : [row("Health", record.health)]),
    row("Type", record.process_type),
    row("PID", record.pid === null ? "-" : String(record.pid)),
    row("CPU", record.cpu === null ? "-" : cpuText(record.cpu)),
    row("Memory", record.memory === null ? "-" : sizeText(record.memory)),
    row("Restarts", String(record.restarts)),
  ];
}

function portText({ record: { port }, isListening, otherPort }: InfoSubject): string {
  if (port === null) return "none";
  if (otherPort !== undefined) {
    return `${port} (Port mismatch: declared=${port}, actual=${otherPort})`;
  }
  return isListening === undefined
    ? String(port)
    : `${port} (${isListening ? "listening" : "not listening"})`;
}

function restartText({ restart_policy: policy }: Meta): string {
  return policy.restart;
}

function gitRows(git: unknown): readonly Row[] {
  if (typeof git !== "object" || git === null) return [];
  return Object.entries(git).map(([key, value]) => row(key, String(value)));
}

function resources({ record, processes }: InfoSubject): readonly Line[] {
  return section("SYSTEM RESOURCES", [
    row("Processes", String(processes ?? 0)),
    row("CPU", record.cpu === null ? "-" : cpuText(record.cpu)),
    row("Memory", record.memory === null ? "-" : `${record.memory} bytes`),
  ]);
}

function lastWords({ lastLines }: InfoSubject): readonly Line[] {
  return lastLines.flatMap(([name, lines]) => [
    [],
    [styled(`LAST LINES OF ${name}`, "bold")],
    ...(lines.length === 0 ? [["  (empty)"]] : lines.map((line) => [`  ${line}`])),
  ]);
}

function jsonLines(record: ServiceRecord): readonly Line[] {
  return JSON.stringify(record, undefined, 2)
    .split("\n")
    .map((line) => [line]);
}

function box(title: string): readonly Line[] {
  const bar = "─".repeat(title.length + 2);
  return [[`┌${bar}┐`], ["│ ", styled(title, "bold"), " │"], [`└${bar}┘`]];
}

function section(title: string, rows: readonly Row[]): readonly Line[] {
  if (rows.length === 0) return [];
  return [
    [],
    [styled(title, "bold")],
    ...rows.map(([label, value]): Line => ["  ", `${label}:`.padEnd(13), value]),
  ];
}
