import type { Platform, ProcessEntry } from "../src/platform/platform.ts";

/** A process of a {@link FakePlatform}. */
export type FakeProcess = Partial<ProcessEntry> & {
  readonly pid: number;
  readonly cookie?: string;
  /** Signals that it does not heed. */
  readonly ignores?: readonly NodeJS.Signals[];
  readonly isForeignUser?: boolean;
};

/** A process table that tests fill. */
export interface FakePlatform extends Platform {
  /** Every signal that was sent: `pid start signal`. */
  readonly sent: readonly string[];
  add(process: FakeProcess): void;
  remove(pid: number): void;
}

/** A machine with these processes; pid 1 is always there. */
export function fakePlatform(...processes: readonly FakeProcess[]): FakePlatform {
  const table = new Map<number, FakeProcess & ProcessEntry>();
  const sent: string[] = [];
  const add = (process: FakeProcess): void => {
    const { pid } = process;
    const plain = {
      start: `s${pid}`,
      parent: 1,
      group: pid,
      session: pid,
      state: "sleeping",
    } as const;
    table.set(pid, { ...plain, ...process });
  };
  for (const process of [{ pid: 1, parent: 0 }, ...processes]) add(process);
  return {
    sent,
    add,
    remove: (pid) => void table.delete(pid),
    bootId: () => "boot",
    processes: () => [...table.values()],
    process: (pid) => table.get(pid),
    children: (pid) =>
      [...table.values()].filter(({ parent }) => parent === pid).map((one) => one.pid),
    isOlder: () => false,
    isBusy: () => false,
    environmentValue: ({ pid }) => table.get(pid)?.cookie,
    command: (pid) => (table.has(pid) ? `command ${pid}` : undefined),
    usage: () => ({ cpuMs: 10, memoryBytes: 1000 }),
    listeners: () => [],
    listensOn: () => false,
    startedAtMs: () => 0,
    stampAtMs: (up) => up * 1000,
    signal(pid, signal) {
      const process = table.get(pid);
      if (process === undefined) return false;
      if (process.isForeignUser === true)
        throw Object.assign(new Error("EPERM"), { code: "EPERM" });
      sent.push(`${pid} ${process.start} ${signal}`);
      const isDeadly = !["SIGSTOP", "SIGCONT"].includes(signal);
      if (isDeadly && process.ignores?.includes(signal) !== true) table.delete(pid);
      return true;
    },
  };
}
