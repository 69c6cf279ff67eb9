import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path/posix";
import { type FileLock, type FileSystem, makeFolders, nodeFileSystem } from "@tetra/durable-fs";
import { isTetraError } from "@tetra/errors";
import { systemClock } from "../clock.ts";
import { openLogs } from "../logs/logs.ts";
import type { Platform } from "../platform/platform.ts";
import { systemPlatform } from "../platform/system-platform.ts";
import { openServices, type Services } from "../services.ts";
import { type ServiceRow, serviceRow } from "./answers.ts";
import type { DaemonExtension } from "./daemon-extension.ts";
import {
  daemonPaths,
  dropStartLock,
  holdDaemonLock,
  readDaemonRecord,
  writeDaemonRecord,
} from "./daemon-files.ts";
import { serveDaemon } from "./daemon-server.ts";
import { socketPath } from "./socket-path.ts";
import { superviseServices } from "./supervisor.ts";
import { systemPorts } from "./system-ports.ts";
import { wordsOf } from "./ward.ts";

/** What a daemon is run with. */
export interface DaemonOptions {
  /** `$TETRA_DIR`; made, private, when it is not there. */
  readonly tetraDir: string;
  readonly version: string;
  /** Whether somebody needed it, as opposed to a boot: what is enabled is not started then. */
  readonly isOnDemand: boolean;
  /** Starts what is enabled; called by the first daemon of a boot. */
  readonly startEnabled: () => Promise<void>;
  /** Default: this machine's. */
  readonly platform?: Platform;
  /** Makes what else it answers, given `$TETRA_DIR` with links followed, and its socket. */
  readonly extend?: (tetraDir: string, socket: string) => DaemonExtension;
  /** For people: a line. */
  readonly say: (line: string) => void;
}

/** A daemon that runs. */
export interface Daemon {
  readonly socket: string;
  /** Resolves when it has ended, because of {@link Daemon.stop}, a request, or its folder's removal. */
  readonly ended: Promise<void>;
  /** Ends it. Services are not touched. */
  stop(): Promise<void>;
}

/** How long what is under way may take after somebody said stop; any of it may be broken off. */
const LAST_WORK_MS = 5000;

/**
 * Becomes the daemon of `$TETRA_DIR`, and answers and supervises from then on.
 * @returns `undefined` when there is one
 * @throws TetraError `SOCKET_PATH_TOO_LONG`, `SOCKET_FOLDER_UNSAFE`, `UNSUPPORTED_PLATFORM`
 */
export async function runDaemon(options: DaemonOptions): Promise<Daemon | undefined> {
  const { version, say } = options;
  const fs = nodeFileSystem();
  makeFolders(fs, options.tetraDir, { durable: false });
  const tetraDir = realpathSync(options.tetraDir);
  const folder = join(tetraDir, "tsm");
  const lock = holdDaemonLock(fs, folder);
  if (lock === undefined) return undefined;
  const held = lock;

  const platform = options.platform ?? systemPlatform();
  const bootId = platform.bootId();
  const isFirst = isFirstOfBoot(readDaemonRecord(fs, folder)?.boot_id, bootId, options.isOnDemand);
  const runtimeDir = process.env["XDG_RUNTIME_DIR"];
  const socket = socketPath({ tetraDir, runtimeDir, temporaryDir: tmpdir() });
  const startedAtMs = Date.now();
  const services = openServices({ folder, platform, via: "tetrad", isDaemonAlive: () => true });
  const ports = systemPorts({ folder, fs, clock: systemClock, services, bootId, complain: say });
  const supervisor = superviseServices({
    ...ports,
    logs: openLogs({ folder }),
    ...(isFirst ? { startEnabled: options.startEnabled } : {}),
  });

  let over = (): void => {};
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  let ending: Promise<void> | undefined;
  const stop = (): Promise<void> => (ending ??= end());

  const extension = options.extend?.(tetraDir, socket);
  const server = await serveDaemon(socket, {
    tetraDir,
    status() {
      const http = extension?.http();
      return {
        pid: process.pid,
        version,
        started_at_ms: startedAtMs,
        services: supervisor.count(),
        warnings: [...supervisor.warnings(), ...(extension?.warnings() ?? [])],
        ...(http === undefined ? {} : { http }),
      };
    },
    services: () => rowsOf(services),
    subscribe: (listener) => supervisor.subscribe(listener),
    stop: () => void stop(),
    extension,
  });
  const { start = "" } = platform.process(process.pid) ?? {};
  const record = { pid: process.pid, start, boot_id: bootId, socket, version };
  writeDaemonRecord(fs, folder, { ...record, started_at_ms: startedAtMs });
  const unwatch = watchingFor(() =>
    whenRemoved(fs, folder, held, () => {
      say(`${folder} was removed`);
      void stop();
    }),
  );
  // before anything is spawned: a child must not inherit it
  dropStartLock();
  services.note({ event: "daemon_started", pid: process.pid, version });
  await supervisor.start();
  extension?.start();
  return { socket, ended, stop };

  /** Without watches left it goes on all the same. */
  function watchingFor(watch: () => () => void): () => void {
    try {
      return watch();
    } catch (error) {
      say(`the removal of ${folder} would not be noticed: ${wordsOf(error)}`);
      return () => {};
    }
  }

  async function end(): Promise<void> {
    unwatch();
    server.close();
    const allClosed = Promise.all([supervisor.close(), extension?.close()]);
    await Promise.race([allClosed, afterAWhile(LAST_WORK_MS)]);
    // who was removed must not come back by writing its history
    if (fs.stat(daemonPaths(folder).lock) !== undefined) {
      services.note({ event: "daemon_stopped", pid: process.pid });
    }
    held.release();
    over();
  }
}

function rowsOf(services: Services): readonly ServiceRow[] {
  return services.names().flatMap((name) => {
    try {
      return [serviceRow(services.observe(name))];
    } catch (error) {
      // half removed, or broken: whoever asks for it by name is told more
      if (isTetraError(error)) return [];
      throw error;
    }
  });
}

/** Without a record, whoever is started by hand or at a boot is the first. */
function isFirstOfBoot(recorded: string | undefined, bootId: string, isOnDemand: boolean): boolean {
  return recorded === undefined ? !isOnDemand : recorded !== bootId;
}

/** A daemon whose folder is gone has nothing to look after, and would keep its name from nobody. */
function whenRemoved(
  fs: FileSystem,
  folder: string,
  lock: FileLock,
  onRemoved: () => void,
): () => void {
  const { folder: own, lock: path } = daemonPaths(folder);
  const { inode } = fs.statOpen(lock.fd);
  return fs.watch(own, () => {
    if (fs.stat(path)?.inode !== inode) onRemoved();
  });
}

function afterAWhile(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
