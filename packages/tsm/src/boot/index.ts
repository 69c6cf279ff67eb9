export { absoluteCommand } from "./absolute-command.ts";
export { checkUnits, type UnitFile } from "./check-unit.ts";
export {
  type DaemonPlace,
  type DaemonState,
  daemonState,
  startDaemonOrUnit,
  stopDaemonOrUnit,
} from "./daemon-by-unit.ts";
export {
  type BootHost,
  controlDaemon,
  daemonLogCommand,
  type DaemonServiceStatus,
  daemonServiceStatus,
  findDaemonUnit,
  installDaemon,
  type Installed,
  installUnits,
  type UnitAction,
  uninstallDaemon,
  unitPath,
  type WhichUnit,
} from "./daemon-service.ts";
export {
  DAEMON_FLAVOURS,
  type DaemonFlavour,
  type DaemonUnit,
  daemonUnitName,
  daemonUnitText,
  type UnitScope,
} from "./daemon-unit.ts";
export type { BootErrorCode } from "./errors.ts";
export { type InitSystem, initSystem } from "./init-system.ts";
export { type ProgramResult, type ProgramRunner, systemPrograms } from "./run-program.ts";
export { serviceUnit, type ServiceUnit, type ServiceUnitFiles } from "./service-unit.ts";
export {
  type CarryOut,
  type EnabledService,
  startup,
  type StartupFailure,
  type StartupLog,
  type StartupReport,
  startupText,
  type ToStart,
} from "./startup.ts";
export { planStartup, type StartupContext, type StartupPlan } from "./plan-startup.ts";
export { escapeUnitName, serviceUnitName } from "./unit-name.ts";
