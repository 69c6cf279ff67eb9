import type { ProcessEntry, ProcessState } from "./platform.ts";

/** A line of `/proc/PID/stat`, proc(5). */
export interface ProcStat extends ProcessEntry {
  /** User and system time, own and of ended children, in clock ticks. */
  readonly cpuTicks: number;
  readonly threads: number;
}

const STATES: Readonly<Record<string, ProcessState>> = {
  R: "running",
  S: "sleeping",
  I: "sleeping",
  D: "blocked",
  T: "stopped",
  t: "stopped",
  Z: "zombie",
  X: "zombie",
  x: "zombie",
};

/** As far as the start time, of those behind the name. */
const FIELDS = 20;

/** Reads the line; `undefined` when it is none. */
export function parseProcStat(line: string): ProcStat | undefined {
  // the second field is the program's name in parentheses, and a name may hold blanks and parentheses
  const pid = Number.parseInt(line, 10);
  // no more than is needed: a table has hundreds of lines of fifty fields
  const [state = "", ...rest] = line.slice(line.lastIndexOf(")") + 2).split(" ", FIELDS);
  const start = rest[18];
  if (!Number.isInteger(pid) || start === undefined) return undefined;
  const field = (number: number): number => Number(rest[number - 4]);
  return {
    pid,
    start,
    parent: field(4),
    group: field(5),
    session: field(6),
    state: STATES[state] ?? "sleeping",
    threads: field(20),
    cpuTicks: field(14) + field(15) + field(16) + field(17),
  };
}
