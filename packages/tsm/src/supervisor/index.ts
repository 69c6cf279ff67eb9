export { type Agenda, agenda, type Alarm, systemAlarm } from "./agenda.ts";
export type { Answer, DaemonStatus, HttpStatus, ServiceRow, ServicesAnswer } from "./answers.ts";
export { type Memory } from "./attend.ts";
export { nextCron } from "../care/cron.ts";
export { type DaemonClient, daemonClient, type DaemonEvent } from "./daemon-client.ts";
export type { DaemonExtension } from "./daemon-extension.ts";
export { type DaemonPaths, daemonPaths, type DaemonRecord } from "./daemon-files.ts";
export { DAEMON_NODE_FLAGS } from "./daemon-node-flags.ts";
export {
  type DaemonProgram,
  type DaemonStarted,
  type DaemonStopped,
  ensureDaemon,
  hasDaemon,
  startDaemon,
  stopDaemon,
} from "./daemon-process.ts";
export type { SupervisorErrorCode } from "./errors.ts";
export type { LogKeeper, SavedService, SupervisedServices, SupervisorPorts } from "./ports.ts";
export { type Daemon, type DaemonOptions, runDaemon } from "./run-daemon.ts";
export { socketPath, type SocketPlace } from "./socket-path.ts";
export { type Supervisor, type SupervisorEvent, superviseServices } from "./supervisor.ts";
