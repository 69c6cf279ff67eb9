export { type Clock, systemClock } from "./clock.ts";
export type { TsmErrorCode } from "./errors.ts";
export type { Desire, Meta } from "./files/meta.ts";
export type { ServiceEnvironment } from "./files/store.ts";
export { linuxPlatform } from "./platform/linux.ts";
export { macosPlatform, type RunProgram } from "./platform/macos.ts";
export type {
  Listener,
  Platform,
  ProcessEntry,
  ProcessId,
  ProcessState,
  ProcessUsage,
} from "./platform/platform.ts";
export { systemPlatform } from "./platform/system-platform.ts";
export type { Observed, ServiceState } from "./run/observe.ts";
export type { NamedProcess, PortHolder } from "./run/port-holder.ts";
export type { ServiceSpec } from "./run/service-spec.ts";
export { describeExit } from "./run/start-failure.ts";
export type { Started } from "./run/start.ts";
export type { Stopped, StopOptions } from "./run/stop.ts";
export { cpuPercent, type UsageSample } from "./run/usage.ts";
export {
  openServices,
  type RestartOptions,
  type Service,
  type Services,
  type ServicesOptions,
} from "./services.ts";
export {
  DEFAULT_POLICY,
  type Exit,
  isSuccess,
  type Restart,
  type RestartPolicy,
} from "./supervise/restart-policy.ts";
export {
  type Decision,
  evolve,
  INITIAL_SUPERVISION,
  reconcile,
  type ReconcileInput,
  startRefused,
  type SupervisionAction,
  type SupervisionEvent,
  type Supervision,
} from "./supervise/reconcile.ts";
