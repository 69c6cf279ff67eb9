import {
  awaitDaemon,
  type DaemonProgram,
  type DaemonStarted,
  type DaemonStopped,
  hasDaemon,
  startDaemon,
  stopDaemon,
} from "../supervisor/daemon-process.ts";
import { daemonClient } from "../supervisor/daemon-client.ts";
import type { DaemonStatus } from "../supervisor/answers.ts";
import {
  type BootHost,
  controlDaemon,
  type DaemonServiceStatus,
  daemonServiceStatus,
  findDaemonUnit,
} from "./daemon-service.ts";

/** A data root, and who its daemon may be started by. */
export interface DaemonPlace {
  readonly host: BootHost;
  /** `$TETRA_DIR`. */
  readonly tetraDir: string;
  /** `$TETRA_DIR/tsm`. */
  readonly folder: string;
}

/**
 * Starts the daemon and waits until it answers: through systemd where a unit for this data root is
 * installed, so that systemd knows of it; else directly.
 * @throws TetraError `DAEMON_START_FAILED`, and what {@link controlDaemon} throws
 */
export async function startDaemonOrUnit(
  { host, tetraDir, folder }: DaemonPlace,
  program: DaemonProgram,
): Promise<DaemonStarted> {
  const unit = findDaemonUnit(host, tetraDir);
  if (unit === undefined || hasDaemon(folder)) return startDaemon(folder, program);
  await controlDaemon(host, unit, "start");
  return { status: await awaitDaemon(folder), isNew: true };
}

/**
 * Ends the daemon and waits until it has ended: through systemd where that runs it, which would take any
 * other way for a failure or go on believing in it.
 * @returns `undefined` when there was none
 * @throws TetraError `DAEMON_STUCK`, and what {@link controlDaemon} throws
 */
export async function stopDaemonOrUnit({
  host,
  tetraDir,
  folder,
}: DaemonPlace): Promise<DaemonStopped | undefined> {
  const unit = findDaemonUnit(host, tetraDir);
  const isActive =
    unit !== undefined && (await daemonServiceStatus(host, unit)).active === "ACTIVE";
  if (!isActive) return stopDaemon(folder);
  const before = hasDaemon(folder) ? await daemonClient(folder).status() : undefined;
  await controlDaemon(host, unit, "stop");
  const other = await stopDaemon(folder); // who was started by hand while the unit waited for its turn
  return before === undefined ? other : { pid: before.pid };
}

/** How the daemon of a data root is. */
export interface DaemonState {
  readonly status: DaemonStatus;
  /** The unit for this data root; `undefined`: none is installed, or systemd does not run here. */
  readonly unit: DaemonServiceStatus | undefined;
}

/** Asks the daemon, and systemd of its unit. @throws TetraError `DAEMON_NOT_RUNNING`, `DAEMON_UNREACHABLE` */
export async function daemonState({ host, tetraDir, folder }: DaemonPlace): Promise<DaemonState> {
  const status = await daemonClient(folder).status();
  const unit = findDaemonUnit(host, tetraDir);
  return { status, unit: unit === undefined ? undefined : await daemonServiceStatus(host, unit) };
}
