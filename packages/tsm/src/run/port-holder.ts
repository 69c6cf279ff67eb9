import type { Platform, ProcessId } from "../platform/platform.ts";

/** A process, for people. */
export interface NamedProcess {
  readonly pid: number;
  /** Its command line; `""` when it cannot be read. */
  readonly command: string;
}

/** Who has a port. */
export interface PortHolder {
  /** `undefined` when the system does not tell: another user's process. */
  readonly pid: number | undefined;
  readonly command: string;
}

/** Who but these listens on a port. */
export function portHolder(
  platform: Platform,
  port: number,
  ours: readonly ProcessId[],
): PortHolder | undefined {
  const pids = new Set<number | undefined>(ours.map(({ pid }) => pid));
  const listeners = platform.listeners(port);
  // a listener that is shared with one of ours is ours
  if (listeners.some(({ pid }) => pids.has(pid))) return undefined;
  const [holder] = listeners;
  if (holder === undefined) return undefined;
  const { pid } = holder;
  return { pid, command: pid === undefined ? "" : (platform.command(pid) ?? "") };
}

/** Processes with their commands. */
export function named(
  platform: Platform,
  processes: readonly Pick<ProcessId, "pid">[],
): readonly NamedProcess[] {
  return processes.map(({ pid }) => ({ pid, command: platform.command(pid) ?? "" }));
}
