/**
 * A process, told from any other that had or will have its pid in this boot of the machine. Records on
 * disk say the boot beside it.
 */
export interface ProcessId {
  readonly pid: number;
  /** When it started, in the words of the platform (Linux: clock ticks since boot); only compared. */
  readonly start: string;
}

/** What a process does at the moment. */
export type ProcessState = "running" | "sleeping" | "blocked" | "stopped" | "zombie";

/** A line of the process table. */
export interface ProcessEntry extends ProcessId {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly state: ProcessState;
}

/** What a process has used. */
export interface ProcessUsage {
  /** Processor time, with that of its children that have ended. */
  readonly cpuMs: number;
  /** Resident memory. */
  readonly memoryBytes: number;
}

/** Who listens on a TCP port. */
export interface Listener {
  readonly port: number;
  /** `undefined` when the system does not tell us: another user's process. */
  readonly pid: number | undefined;
}

/** What differs between operating systems. Asking for what has ended gives `undefined`. */
export interface Platform {
  /** Differs from one boot of the machine to the next. */
  bootId(): string;
  /** Everything that runs. */
  processes(): readonly ProcessEntry[];
  /** One process. */
  process(pid: number): ProcessEntry | undefined;
  /**
   * The pids of its children; `undefined` where the system does not tell them more cheaply than all
   * processes.
   */
  children(pid: number): readonly number[] | undefined;
  /** Whether one process surely started before another; where that cannot be told, `false`. */
  isOlder(process: ProcessId, than: ProcessId): boolean;
  /** Whether one of its threads computes, or waits for a disk. */
  isBusy(pid: number): boolean;
  /** A variable of the environment that the process was started with, if that can be read. */
  environmentValue(process: ProcessId, name: string): string | undefined;
  /** Its argument vector, with blanks between. */
  command(pid: number): string | undefined;
  /** What a process of the table has used so far; its processor time may be that of when the table was read. */
  usage(process: ProcessEntry): ProcessUsage | undefined;
  /** Who listens on this TCP port; without one, on any. */
  listeners(port?: number): readonly Listener[];
  /** Whether one of these processes listens on this TCP port. */
  listensOn(port: number, pids: readonly number[]): boolean;
  /** When a process started, in milliseconds since the epoch; to a second. */
  startedAtMs(process: ProcessId): number;
  /** What the shim's stamp `up` is in milliseconds since the epoch. */
  stampAtMs(up: number): number;
  /**
   * Sends a signal. `false`: there is no such process.
   * Throws `EPERM` when it is another user's. Called only right after looking who has the pid.
   */
  signal(pid: number, signal: NodeJS.Signals): boolean;
}

/** Whether this very process runs; one that ended and was not waited for does not. */
export function isAlive(platform: Platform, { pid, start }: ProcessId): boolean {
  const now = platform.process(pid);
  return now !== undefined && now.start === start && now.state !== "zombie";
}

/** What became of a signal. */
export type Signalled = "sent" | "gone" | "refused";

/**
 * Signals this very process: who has the pid is looked at immediately before, so that a pid that went
 * to somebody else is not touched.
 */
export function signalProcess(
  platform: Platform,
  process: ProcessId,
  signal: NodeJS.Signals,
): Signalled {
  if (!isAlive(platform, process)) return "gone";
  try {
    return platform.signal(process.pid, signal) ? "sent" : "gone";
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EPERM") return "refused";
    throw error;
  }
}
