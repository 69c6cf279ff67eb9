import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isSystemError } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import type { Listener, Platform } from "./platform.ts";
import { parseListeningSockets } from "./proc-net.ts";
import { type ProcStat, parseProcStat } from "./proc-stat.ts";
import { sendSignal } from "./send-signal.ts";

/** Linux has told programs of 100 ticks a second, whatever the kernel uses, since 2.4. */
const TICKS_PER_SECOND = 100;
/** What reading about another user's process, or one that just ended, may fail with. */
const NOT_TOLD: ReadonlySet<string> = new Set(["ENOENT", "ESRCH", "EACCES", "EPERM"]);

/**
 * Linux, over `/proc`.
 * @throws TetraError `UNSUPPORTED_PLATFORM` when `/proc` is not there.
 */
export function linuxPlatform(proc = "/proc"): Platform {
  const bootId = told(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  if (bootId === undefined || told(() => readFileSync(`${proc}/self/stat`)) === undefined) {
    throw new TetraError<TsmErrorCode>("UNSUPPORTED_PLATFORM", `${proc}: no process table here`, {
      hint: "mount proc there",
    });
  }

  const stat = (pid: number | string): ProcStat | undefined => {
    const line = told(() => readFileSync(`${proc}/${pid}/stat`, "latin1"));
    return line === undefined ? undefined : parseProcStat(line);
  };
  const uptimeMs = (): number => Number.parseFloat(readFileSync(`${proc}/uptime`, "latin1")) * 1000;
  const sinceBootAtMs = (ms: number): number => Date.now() - uptimeMs() + ms;
  const pids = (): readonly string[] => readdirSync(proc).filter((name) => /^[0-9]+$/.test(name));

  return {
    bootId: () => bootId,
    processes: () =>
      pids()
        .map(stat)
        .filter((entry): entry is ProcStat => entry !== undefined),
    process: stat,
    isBusy(pid) {
      const threads = told(() => readdirSync(`${proc}/${pid}/task`)) ?? [];
      return threads.some((thread) => {
        const state = stat(`${pid}/task/${thread}`)?.state;
        return state === "running" || state === "blocked";
      });
    },
    environmentValue({ pid }, name) {
      const bytes = told(() => readFileSync(`${proc}/${pid}/environ`));
      return bytes === undefined ? undefined : valueIn(bytes, name);
    },
    command: (pid) =>
      told(() => readFileSync(`${proc}/${pid}/cmdline`, "utf8"))
        ?.replaceAll("\0", " ")
        .trim(),
    usage(pid) {
      const now = stat(pid);
      const status = told(() => readFileSync(`${proc}/${pid}/status`, "latin1"));
      if (now === undefined || status === undefined) return undefined;
      const [, kib = "0"] = /^VmRSS:\s+([0-9]+)/m.exec(status) ?? [];
      return {
        cpuMs: (now.cpuTicks * 1000) / TICKS_PER_SECOND,
        memoryBytes: Number(kib) * 1024,
      };
    },
    listeners: (port) => listeners({ proc, port, pids: pids() }),
    startedAtMs: ({ start }) => sinceBootAtMs((Number(start) * 1000) / TICKS_PER_SECOND),
    stampAtMs: (up) => sinceBootAtMs(up * 1000),
    signal: sendSignal,
  };
}

function valueIn(environ: Buffer, name: string): string | undefined {
  const wanted = `${name}=`;
  let at = environ.indexOf(wanted);
  while (at > 0 && environ[at - 1] !== 0) at = environ.indexOf(wanted, at + 1);
  if (at === -1) return undefined;
  const end = environ.indexOf(0, at);
  return environ.toString("utf8", at + wanted.length, end === -1 ? environ.length : end);
}

interface Search {
  readonly proc: string;
  readonly port: number;
  readonly pids: readonly string[];
}

function listeners({ proc, port, pids }: Search): readonly Listener[] {
  const inodes = new Set(
    ["tcp", "tcp6"]
      .flatMap((table) =>
        parseListeningSockets(told(() => readFileSync(`${proc}/net/${table}`, "latin1")) ?? ""),
      )
      .filter((socket) => socket.port === port)
      .map(({ inode }) => `socket:[${inode}]`),
  );
  if (inodes.size === 0) return [];
  const holders = pids.filter((pid) => holdsOne(`${proc}/${pid}/fd`, inodes));
  return holders.length === 0
    ? [{ port, pid: undefined }]
    : holders.map((pid) => ({ port, pid: Number(pid) }));
}

function holdsOne(folder: string, links: ReadonlySet<string>): boolean {
  const fds = told(() => readdirSync(folder)) ?? [];
  return fds.some((fd) => links.has(told(() => readlinkSync(`${folder}/${fd}`)) ?? ""));
}

function told<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isSystemError(error) && NOT_TOLD.has(error.code)) return undefined;
    throw error;
  }
}
