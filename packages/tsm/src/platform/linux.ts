import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { isSystemError } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import type { Listener, Platform, ProcessEntry } from "./platform.ts";
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
    const line = told(() => readShort(`${proc}/${pid}/stat`));
    return line === undefined ? undefined : parseProcStat(line);
  };
  const uptimeMs = uptimeOf(() => readFileSync(`${proc}/uptime`, "latin1"));
  const sinceBootAtMs = (ms: number): number => Date.now() - uptimeMs() + ms;
  const pids = (): readonly string[] => readdirSync(proc).filter((name) => /^[0-9]+$/.test(name));

  return {
    bootId: () => bootId,
    processes: () =>
      pids()
        .map(stat)
        .filter((entry): entry is ProcStat => entry !== undefined),
    process: stat,
    children(pid) {
      const threads = told(() => readdirSync(`${proc}/${pid}/task`)) ?? [];
      const lists = threads.map((thread) =>
        told(() => readFileSync(`${proc}/${pid}/task/${thread}/children`, "latin1")),
      );
      // kernels may be built without it
      const isTold = lists.some((list) => list !== undefined);
      if (threads.length > 0 && !isTold && !tellsChildren(proc)) return undefined;
      return lists.flatMap((list = "") => list.split(" ").filter(Boolean).map(Number));
    },
    isOlder: (process, than) => Number(process.start) < Number(than.start),
    isBusy(pid) {
      const main = stat(pid);
      if (main === undefined || isWorking(main) || main.threads === 1) return isWorking(main);
      const threads = told(() => readdirSync(`${proc}/${pid}/task`)) ?? [];
      return threads.some((thread) => isWorking(stat(`${pid}/task/${thread}`)));
    },
    environmentValue({ pid }, name) {
      const bytes = told(() => readFileSync(`${proc}/${pid}/environ`));
      return bytes === undefined ? undefined : valueIn(bytes, name);
    },
    command: (pid) =>
      told(() => readFileSync(`${proc}/${pid}/cmdline`, "utf8"))
        ?.replaceAll("\0", " ")
        .trim(),
    usage(process) {
      const now = isProcStat(process) ? process : stat(process.pid);
      const status = told(() => readShort(`${proc}/${process.pid}/status`));
      if (now === undefined || status === undefined) return undefined;
      const [, kib = "0"] = /^VmRSS:\s+([0-9]+)/m.exec(status) ?? [];
      return {
        cpuMs: (now.cpuTicks * 1000) / TICKS_PER_SECOND,
        memoryBytes: Number(kib) * 1024,
      };
    },
    listeners: (port) => listeners({ proc, port, pids: pids() }),
    listensOn: (port, among) =>
      listeners({ proc, port, pids: among.map(String) }).some(({ pid }) => pid !== undefined),
    startedAtMs: ({ start }) => sinceBootAtMs((Number(start) * 1000) / TICKS_PER_SECOND),
    stampAtMs: (up) => sinceBootAtMs(up * 1000),
    signal: sendSignal,
  };
}

function isProcStat(entry: ProcessEntry): entry is ProcStat {
  return "cpuTicks" in entry;
}

function isWorking(entry: ProcStat | undefined): boolean {
  return entry?.state === "running" || entry?.state === "blocked";
}

/** So long what was read may be counted on from: a machine that slept meanwhile is not asked often. */
const UPTIME_MS = 1000;

/** The time since boot. Many ask for it at once, and reading takes longer than counting. */
function uptimeOf(read: () => string): () => number {
  let readAtMs = -Infinity;
  let upMs = 0;
  return () => {
    // `performance` would be loaded for it
    const nowMs = Number(process.hrtime.bigint()) / 1e6;
    if (nowMs - readAtMs > UPTIME_MS) {
      upMs = Number.parseFloat(read()) * 1000;
      readAtMs = nowMs;
    }
    return upMs + nowMs - readAtMs;
  };
}

/** Longer than any `stat` or `status`. */
const SHORT = Buffer.alloc(32_768);

/** A whole process table is read with it, in half of what `readFileSync` takes. */
function readShort(path: string): string {
  const fd = openSync(path, "r");
  try {
    return SHORT.toString("latin1", 0, readSync(fd, SHORT, 0, SHORT.length, 0));
  } finally {
    closeSync(fd);
  }
}

function tellsChildren(proc: string): boolean {
  return told(() => readFileSync(`${proc}/self/task/${process.pid}/children`)) !== undefined;
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
  /** Absent: every port. */
  readonly port: number | undefined;
  readonly pids: readonly string[];
}

function listeners({ proc, port, pids }: Search): readonly Listener[] {
  const sockets = ["tcp", "tcp6"]
    .flatMap((table) =>
      parseListeningSockets(told(() => readFileSync(`${proc}/net/${table}`, "latin1")) ?? ""),
    )
    .filter((socket) => port === undefined || socket.port === port);
  if (sockets.length === 0) return [];
  const ports = new Map(sockets.map((socket) => [`socket:[${socket.inode}]`, socket.port]));
  const found = pids.flatMap((pid) =>
    portsHeldBy(`${proc}/${pid}/fd`, ports).map((held) => ({ port: held, pid: Number(pid) })),
  );
  const known = new Set(found.map((listener) => listener.port));
  const untold = new Set([...ports.values()].filter((open) => !known.has(open)));
  return [...found, ...[...untold].map((open) => ({ port: open, pid: undefined }))];
}

function portsHeldBy(folder: string, ports: ReadonlyMap<string, number>): readonly number[] {
  const fds = told(() => readdirSync(folder)) ?? [];
  const held = fds.map((fd) => ports.get(told(() => readlinkSync(`${folder}/${fd}`)) ?? ""));
  return [...new Set(held)].filter((port) => port !== undefined);
}

function told<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isSystemError(error) && NOT_TOLD.has(error.code)) return undefined;
    throw error;
  }
}
