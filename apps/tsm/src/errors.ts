import type { CommandLineErrorCode } from "@tetra/cli-kit";
import type { TsmErrorCode } from "@tetra/tsm";
import type { BootErrorCode } from "@tetra/tsm/boot";
import type { DefinitionErrorCode } from "@tetra/tsm/definitions";
import type { DiagnosisErrorCode } from "@tetra/tsm/diagnosis";
import type { InstancesErrorCode } from "@tetra/tsm/instances";
import type { LaunchErrorCode } from "@tetra/tsm/launch";
import type { LogsErrorCode } from "@tetra/tsm/logs";
import type { MonitoringErrorCode } from "@tetra/tsm/monitoring";
import type { PortsErrorCode } from "@tetra/tsm/ports";
import type { SupervisorErrorCode } from "@tetra/tsm/supervisor";

/** Every code that this program can end with. Stable; listed in `docs/errors.md`. */
export type TsmCliErrorCode =
  | TsmErrorCode
  | LaunchErrorCode
  | PortsErrorCode
  | DiagnosisErrorCode
  | MonitoringErrorCode
  | LogsErrorCode
  | DefinitionErrorCode
  | BootErrorCode
  | InstancesErrorCode
  | SupervisorErrorCode
  | CommandLineErrorCode
  /** Nothing says where the data is. */
  | "NO_DATA_ROOT"
  /** The environment of a service is not known. */
  | "NO_ENVIRONMENT"
  /** Some of what was asked to be killed was not. */
  | "NOT_KILLED"
  /** A file that would be made is there already. */
  | "FILE_EXISTS"
  /** A file that was named cannot be read or written. */
  | "FILE_UNUSABLE"
  /** A mistake in this program. */
  | "BUG";
