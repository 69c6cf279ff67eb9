import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process as the system shows it. */
export interface ProcessSight {
  readonly pid: number;
  readonly group: number;
  /** When it was started, in whatever words the system has: together with the pid, they name one process. */
  readonly started: string;
  /** Whether it has ended, and only its number is still taken. */
  readonly isDead: boolean;
}

/** What can be seen of the processes of this machine. */
export interface Processes {
  /** This start of this machine: pids of another one say nothing here. */
  machine(): string;
  look(pid: number): ProcessSight | undefined;
  /** All processes. */
  all(): readonly ProcessSight[];
  /** Whether its environment can be read and has this variable. */
  hasVariable(pid: number, name: string, value: string): boolean;
}

/** The processes of this machine: from `/proc`, or where there is none, from `ps`. */
export function processesHere(): Processes {
  return readQuietly("/proc/self/stat") === undefined ? fromPs : fromProc;
}

/** Linux: proc(5). Start times are in clock ticks since the machine was started. */
export const fromProc: Processes = {
  // a container has pids of its own
  machine: () =>
    `${readQuietly("/proc/sys/kernel/random/boot_id")?.trim() ?? ""} ${readlinkSync("/proc/self/ns/pid")}`,
  look: (pid) => parseStat(readQuietly(`/proc/${pid}/stat`)),
  all: () =>
    readdirSync("/proc")
      .filter((name) => /^\d+$/u.test(name))
      .flatMap((name) => fromProc.look(Number(name)) ?? []),
  hasVariable: (pid, name, value) =>
    (readQuietly(`/proc/${pid}/environ`) ?? "").split("\0").includes(`${name}=${value}`),
};

/** Elsewhere: ps(1). Start times are in seconds; environments are not shown. */
export const fromPs: Processes = {
  machine: () => outputOf("sysctl", ["-n", "kern.boottime"]).trim(),
  look: (pid) => psLines(["-p", String(pid)])[0],
  all: () => psLines(["-A"]),
  hasVariable: () => false,
};

function parseStat(text: string | undefined): ProcessSight | undefined {
  if (text === undefined) return undefined;
  // the name stands in brackets, and may hold brackets and spaces itself
  const [state = "", , group, , , , , , , , , , , , , , , , , started = ""] = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ");
  return {
    pid: Number.parseInt(text, 10),
    group: Number(group),
    started,
    isDead: state === "Z" || state === "X",
  };
}

function psLines(which: readonly string[]): readonly ProcessSight[] {
  const text = outputOf("ps", ["-o", "pid=,pgid=,stat=,lstart=", ...which]);
  return [...text.matchAll(/^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+)$/gmu)].map(
    ([, pid, group, state = "", started = ""]) => ({
      pid: Number(pid),
      group: Number(group),
      started: started.trim(),
      isDead: state.startsWith("Z"),
    }),
  );
}

function outputOf(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, {
      env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return ""; // ps ends with 1 when it finds nothing
  }
}

/** What is there for a moment only may be gone. */
function readQuietly(file: string): string | undefined {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return undefined;
  }
}
