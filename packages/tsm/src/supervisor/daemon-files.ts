import { closeSync } from "node:fs";
import {
  type FileLock,
  type FileSystem,
  isSystemError,
  makeFolders,
  readFile,
  tryLockFile,
  writeFileAtomic,
} from "@tetra/durable-fs";
import { join } from "node:path/posix";
import { layoutOf } from "../files/layout.ts";
import { countFrom, isRecord, numberFrom, textFrom } from "../files/lenient.ts";
import { isLocked } from "../files/service-lock.ts";
import type { ProcessId } from "../platform/platform.ts";
import type { SavedService } from "./ports.ts";

/** Where a daemon has its own files. */
export interface DaemonPaths {
  readonly folder: string;
  /** Byte 0: the daemon that lives; byte 1: one that is being started. */
  readonly lock: string;
  /** Who the last one was. */
  readonly record: string;
  /** Its few words. */
  readonly log: string;
  /** What should run, for people and for `doctor`, with what it said before. */
  readonly saved: string;
}

/** The paths below the folder of the service manager, `$TETRA_DIR/tsm`. */
export function daemonPaths(folder: string): DaemonPaths {
  const { daemonLock } = layoutOf(folder);
  const own = join(folder, "runtime/daemon");
  return {
    folder: own,
    lock: daemonLock,
    record: join(own, "tetrad.json"),
    log: join(own, "tetrad.log"),
    saved: join(own, "saved.json"),
  };
}

const LIVING = { offset: 0, length: 1 } as const;
const STARTING = { offset: 1, length: 1 } as const;

/** Whoever asks whether a lock is held has it himself for a moment, shared: that must not count. */
const PATIENCE = { tries: 20, pauseMs: 5 } as const;

/** Becomes the daemon of a folder; `undefined`: there is one. The lock ends with the process. */
export function holdDaemonLock(fs: FileSystem, folder: string): FileLock | undefined {
  const paths = daemonPaths(folder);
  makeFolders(fs, paths.folder, { durable: false });
  for (let tries = 1; ; tries += 1) {
    const lock = tryLockFile(fs, paths.lock, LIVING);
    if (lock !== undefined || tries === PATIENCE.tries) return lock;
    Atomics.wait(PAUSE, 0, 0, PATIENCE.pauseMs);
  }
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** Whether a daemon lives. Asked of the kernel: true at this moment, whatever files say. */
export function isDaemonAlive(fs: FileSystem, folder: string): boolean {
  return isLocked(fs, daemonPaths(folder).lock);
}

/** Becomes the one who starts a daemon; `undefined`: somebody else does. */
export function holdStartLock(fs: FileSystem, folder: string): FileLock | undefined {
  const paths = daemonPaths(folder);
  makeFolders(fs, paths.folder, { durable: false });
  return tryLockFile(fs, paths.lock, STARTING);
}

/** Whether a daemon is being started. */
export function isDaemonStarting(fs: FileSystem, folder: string): boolean {
  const lock = holdStartLock(fs, folder);
  lock?.release();
  return lock === undefined;
}

/** Says which descriptor is the lock of who is being started. */
export const START_LOCK = "TETRAD_START_LOCK";

/** Lets go of the lock that whoever started this process handed on: it has begun. */
export function dropStartLock(environment: NodeJS.ProcessEnv = process.env): void {
  const fd = environment[START_LOCK];
  delete environment[START_LOCK];
  if (fd === "3") closeSync(3);
}

/** `tetrad.json`: who the last daemon was. Whether it lives, the lock says. */
export interface DaemonRecord extends ProcessId {
  readonly boot_id: string;
  readonly socket: string;
  readonly version: string;
  readonly started_at_ms: number;
}

/** Writes down who the daemon is. */
export function writeDaemonRecord(fs: FileSystem, folder: string, record: DaemonRecord): void {
  writeFileAtomic(fs, daemonPaths(folder).record, jsonBytes(record), { durable: false });
}

/** Who the last daemon was; `undefined`: there was none, or its file cannot be read. */
export function readDaemonRecord(fs: FileSystem, folder: string): DaemonRecord | undefined {
  const read = readJson(fs, daemonPaths(folder).record);
  if (!isRecord(read)) return undefined;
  const pid = countFrom(read["pid"]);
  const socket = textFrom(read["socket"]);
  if (pid === undefined || socket === undefined) return undefined;
  return {
    pid,
    start: textFrom(read["start"]) ?? "",
    boot_id: textFrom(read["boot_id"]) ?? "",
    socket,
    version: textFrom(read["version"]) ?? "",
    started_at_ms: numberFrom(read["started_at_ms"]) ?? 0,
  };
}

/** `saved.json`. */
export interface Saved {
  readonly saved_at_ms: number;
  readonly boot_id: string;
  readonly services: readonly SavedService[];
}

/** Writes down what should run; what was written before is kept beside it. Durable. */
export function writeSaved(fs: FileSystem, folder: string, saved: Saved): void {
  const { saved: path } = daemonPaths(folder);
  try {
    writeFileAtomic(fs, `${path}.previous`, readFile(fs, path), { durable: false });
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
  writeFileAtomic(fs, path, jsonBytes(saved), { durable: true });
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`);
}

function readJson(fs: FileSystem, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(readFile(fs, path)));
  } catch (error) {
    if (isSystemError(error, "ENOENT") || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
