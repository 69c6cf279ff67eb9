export { careFrom, DEFAULT_HEALTH } from "./care/care-from.ts";
export { checkCare } from "./care/check-care.ts";
export type { Probe } from "./care/probe.ts";
export { probe, type ProbeOptions, type ProbeResult } from "./care/run-probe.ts";
export {
  CONDITIONS,
  DEFAULT_LOG_POLICY,
  type Dependency,
  type DependencyCondition,
  type FileWatch,
  type HealthCheck,
  type LogPolicy,
  type ServiceCare,
} from "./care/service-care.ts";
export { type Clock, systemClock } from "./clock.ts";
export type { TsmErrorCode } from "./errors.ts";
export {
  appendHistory,
  type Historian,
  type HistoryEntry,
  type HistoryEvent,
} from "./files/history.ts";
export { type Layout, layoutOf, servicePaths, type ServicePaths } from "./files/layout.ts";
export type { Desire, Meta } from "./files/meta.ts";
export type { ServiceEnvironment } from "./files/store.ts";
export {
  parseSupervision,
  type RememberedHealth,
  type RememberedSupervision,
} from "./files/supervision-file.ts";
export { linuxPlatform } from "./platform/linux.ts";
export { macosPlatform, type RunProgram } from "./platform/macos.ts";
export {
  isAlive,
  type Listener,
  type Platform,
  type ProcessEntry,
  type ProcessId,
  type ProcessState,
  type ProcessUsage,
  type Signalled,
  signalProcess,
} from "./platform/platform.ts";
export { systemPlatform } from "./platform/system-platform.ts";
export { observeIfReadable, readableServices } from "./readable-services.ts";
export type { Adopted, AdoptedProcess } from "./run/adopt.ts";
export {
  type ClaimedStatus,
  ORIGINAL_STATUSES,
  type OriginalStatus,
  originalStatus,
} from "./run/claim-status.ts";
export type { Observed, ServiceState } from "./run/observe.ts";
export type { NamedProcess, PortHolder } from "./run/port-holder.ts";
export type { ServiceSpec } from "./run/service-spec.ts";
export { describeExit } from "./run/start-failure.ts";
export type { Started } from "./run/start.ts";
export type { Stopped, StopOptions } from "./run/stop.ts";
export { cpuPercent, type UsageSample } from "./run/usage.ts";
export {
  openServices,
  type RemoveOptions,
  type RenewOptions,
  type RestartOptions,
  type Service,
  type Services,
  type StartOptions,
} from "./services.ts";
export type { ServicesOptions } from "./services-options.ts";
export {
  DEFAULT_POLICY,
  type Exit,
  isSuccess,
  type Restart,
  type RestartPolicy,
} from "./supervise/restart-policy.ts";
export {
  type Decision,
  type Desired,
  desiredOf,
  evolve,
  INITIAL_SUPERVISION,
  reconcile,
  type ReconcileInput,
  type RestartReason,
  startRefused,
  type SupervisionAction,
  type SupervisionEvent,
  type Supervision,
} from "./supervise/reconcile.ts";
export {
  type ServiceStatus,
  statusOf,
  type StatusInput,
  type StatusVerdict,
} from "./supervise/service-status.ts";
