import type { ProcessEntry, ProcessState } from "./platform.ts";

/** The columns that {@link parsePs} reads: `ps -o` with these, in the C locale. */
export const PS_COLUMNS = "pid=,ppid=,pgid=,state=,time=,rss=,lstart=";

/** A line of `ps`. */
export interface PsLine extends ProcessEntry {
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

const STATES: Readonly<Record<string, ProcessState>> = {
  R: "running",
  I: "sleeping",
  S: "sleeping",
  U: "blocked",
  T: "stopped",
  Z: "zombie",
};

const LINE =
  /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+([\d:.-]+)\s+(\d+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s*$/;

/**
 * Reads what `ps` of macOS prints. Its `sess` column is always 0, so the group stands for the session:
 * the shim leads both, and a process that made a group of its own is found by parent or cookie.
 */
export function parsePs(text: string): readonly PsLine[] {
  return text.split("\n").flatMap((line): readonly PsLine[] => {
    const found = LINE.exec(line);
    if (found === null) return [];
    const [, pid, parent, group, state = "", time = "", rss, start = ""] = found;
    return [
      {
        pid: Number(pid),
        start: start.replaceAll(/\s+/g, " "),
        parent: Number(parent),
        group: Number(group),
        session: Number(group),
        state: STATES[state.charAt(0)] ?? "sleeping",
        cpuMs: cpuMs(time),
        memoryBytes: Number(rss) * 1024,
      },
    ];
  });
}

/** `[[days-]hours:]minutes:seconds.hundredths` */
function cpuMs(time: string): number {
  const [clock = "", days = "0"] = time.split("-").toReversed();
  const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1000);
}
