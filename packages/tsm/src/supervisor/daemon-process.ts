import { spawn } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { dirname } from "node:path/posix";
import { nodeFileSystem } from "@tetra/durable-fs";
import { isTetraError, TetraError } from "@tetra/errors";
import { isAlive, signalProcess } from "../platform/platform.ts";
import { systemPlatform } from "../platform/system-platform.ts";
import type { DaemonStatus } from "./answers.ts";
import { daemonClient } from "./daemon-client.ts";
import {
  daemonPaths,
  holdStartLock,
  isDaemonAlive,
  isDaemonStarting,
  readDaemonRecord,
  START_LOCK,
} from "./daemon-files.ts";
import { DAEMON_NODE_FLAGS } from "./daemon-node-flags.ts";
import type { SupervisorErrorCode } from "./errors.ts";

/** How a daemon is started. */
export interface DaemonProgram {
  /** The bundled program, `tetrad.cjs`. */
  readonly tetradPath: string;
  /** Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Whether somebody needs it, as opposed to a boot: what is enabled is not started then. */
  readonly isOnDemand?: boolean;
}

/** Of the environment of whoever happens to start it, the daemon needs no more. */
const KEPT = "PATH HOME USER LOGNAME SHELL LANG LC_ALL TZ TMPDIR XDG_RUNTIME_DIR".split(" ");
const LOG_BYTES = 1024 * 1024;
const POLL_MS = 10;
const START_MS = 20_000;
const STOP_MS = 15_000;
const LOG_LINES = 10;

/** Whether a daemon looks after `$TETRA_DIR/tsm`. */
export function hasDaemon(folder: string): boolean {
  return isDaemonAlive(nodeFileSystem(), folder);
}

/**
 * Sees to it that a daemon looks after `$TETRA_DIR/tsm`, without waiting for it: begins one unless it
 * lives or is being started. However many ask at once, one is begun.
 * @returns whether one was begun now
 */
export function ensureDaemon(folder: string, program: DaemonProgram): boolean {
  const fs = nodeFileSystem();
  if (isDaemonAlive(fs, folder)) return false;
  const lock = holdStartLock(fs, folder);
  if (lock === undefined) return false;
  if (isDaemonAlive(fs, folder)) {
    lock.release();
    return false;
  }
  try {
    launch(folder, program, lock.fd);
  } finally {
    fs.close(lock.fd); // the daemon has it now, and lets go of it when it answers, or dies
  }
  return true;
}

function launch(folder: string, program: DaemonProgram, lockFd: number): void {
  const { tetradPath, environment = process.env, isOnDemand = true } = program;
  const log = openLog(daemonPaths(folder).log);
  try {
    const kept = Object.entries(environment).filter(([name]) => KEPT.includes(name));
    const args = [...DAEMON_NODE_FLAGS, tetradPath, "run", ...(isOnDemand ? ["--on-demand"] : [])];
    const child = spawn(process.execPath, args, {
      cwd: "/",
      detached: true,
      env: { ...Object.fromEntries(kept), TETRA_DIR: dirname(folder), [START_LOCK]: "3" },
      stdio: ["ignore", log, log, lockFd],
    });
    child.on("error", () => {}); // whoever waits for it sees that it is not there
    child.unref();
  } finally {
    closeSync(log);
  }
}

function openLog(path: string): number {
  const { size = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
  if (size > LOG_BYTES) renameSync(path, `${path}.previous`);
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
}

/** What starting came to. */
export interface DaemonStarted {
  readonly status: DaemonStatus;
  /** Whether it was begun now. */
  readonly isNew: boolean;
}

/**
 * Starts the daemon and waits until it answers. One that lives is left alone.
 * @throws TetraError `DAEMON_START_FAILED`
 */
export async function startDaemon(folder: string, program: DaemonProgram): Promise<DaemonStarted> {
  const fs = nodeFileSystem();
  const { log } = daemonPaths(folder);
  const logFrom = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const begin = (): boolean => ensureDaemon(folder, { isOnDemand: false, ...program });
  let isNew = begin();
  const giveUpMs = performance.now() + START_MS;
  for (;;) {
    const status = await statusOrNothing(folder);
    if (status !== undefined) return { status, isNew };
    const isComing = isDaemonAlive(fs, folder) || isDaemonStarting(fs, folder);
    const isLost = !isComing && isNew;
    if (isLost || performance.now() > giveUpMs) throw startFailed(folder, log, logFrom);
    // somebody else's has died over it, or ended just now
    if (!isComing) isNew = begin();
    await sleep(POLL_MS);
  }
}

/**
 * Waits until a daemon answers that somebody else starts.
 * @throws TetraError `DAEMON_START_FAILED`
 */
export async function awaitDaemon(folder: string): Promise<DaemonStatus> {
  const { log } = daemonPaths(folder);
  const giveUpMs = performance.now() + START_MS;
  for (;;) {
    const status = await statusOrNothing(folder);
    if (status !== undefined) return status;
    if (performance.now() > giveUpMs) throw startFailed(folder, log, 0);
    await sleep(POLL_MS);
  }
}

async function statusOrNothing(folder: string): Promise<DaemonStatus | undefined> {
  try {
    return await daemonClient(folder).status();
  } catch (error) {
    if (isTetraError(error, "DAEMON_NOT_RUNNING") || isTetraError(error, "DAEMON_UNREACHABLE")) {
      return undefined;
    }
    throw error;
  }
}

function startFailed(folder: string, log: string, from: number): TetraError<SupervisorErrorCode> {
  const lines = lastLines(log, from);
  const said = lines.length === 0 ? "it said nothing" : lines.join(" | ");
  return new TetraError("DAEMON_START_FAILED", `tetrad did not start: ${said}`, {
    hint: `run it in the foreground to see more: TETRA_DIR=${dirname(folder)} tetrad run`,
    details: { folder, log: lines },
  });
}

function lastLines(path: string, from: number): readonly string[] {
  const bytes =
    statSync(path, { throwIfNoEntry: false }) === undefined ? Buffer.alloc(0) : readFileSync(path);
  const news = bytes.length < from ? bytes : bytes.subarray(from);
  return news
    .toString("utf8")
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .slice(-LOG_LINES);
}

/** What stopping came to. */
export interface DaemonStopped {
  readonly pid: number;
}

/**
 * Ends the daemon, and waits until it has ended. Services are not touched.
 * @returns `undefined` when there was none. @throws TetraError `DAEMON_STUCK`
 */
export async function stopDaemon(folder: string): Promise<DaemonStopped | undefined> {
  const fs = nodeFileSystem();
  if (!isDaemonAlive(fs, folder)) return undefined;
  const record = readDaemonRecord(fs, folder);
  try {
    await daemonClient(folder).stop();
  } catch (error) {
    if (isTetraError(error, "DAEMON_NOT_RUNNING")) return undefined;
    if (!isTetraError(error, "DAEMON_UNREACHABLE") || record === undefined) throw error;
    const platform = systemPlatform();
    if (record.boot_id === platform.bootId()) signalProcess(platform, record, "SIGTERM");
  }
  const giveUpMs = performance.now() + STOP_MS;
  const isThere = (): boolean =>
    isDaemonAlive(fs, folder) || (record !== undefined && isAlive(systemPlatform(), record));
  while (isThere()) {
    if (performance.now() > giveUpMs) throw stuck(folder, record?.pid);
    await sleep(POLL_MS);
  }
  return { pid: record?.pid ?? 0 };
}

function stuck(folder: string, pid: number | undefined): TetraError<SupervisorErrorCode> {
  return new TetraError("DAEMON_STUCK", `the daemon of ${folder} does not end (pid ${pid})`, {
    hint: `end it: kill -9 ${pid}; services are not touched by that`,
    details: { folder, pid },
  });
}
