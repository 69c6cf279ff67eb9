export {
  type AuditFacts,
  auditIssues,
  type AuditedDefinition,
  type AuditedLink,
  type AuditIssue,
  lookAtDefinitions,
  makeDefinitionFolders,
} from "./audit.ts";
export { type CleanedUp, cleanUp } from "./clean-up.ts";
export { diagnose, healthcheck, orphanCheck, repairAll } from "./doctor.ts";
export { type DoctorWorld, doctorWorld, type DoctorWorldOptions } from "./doctor-world.ts";
export type { DiagnosisErrorCode } from "./errors.ts";
export { findOrphans, type Orphan } from "./find-orphans.ts";
export { type Finding, type Level, LEVELS, type Repair } from "./finding.ts";
export { patrol, type PatrolOptions } from "./patrol.ts";
export {
  type HistoryLine,
  type HistoryQuery,
  parseHistoryLine,
  readHistory,
} from "./read-history.ts";
export { type Stale, staleText } from "./stale-tracking.ts";
export { type Uptime, type UptimeInput, type UptimeNow, uptimeOf } from "./uptime.ts";
export {
  type CommandToValidate,
  lookAtEnvFile,
  validateCommand,
  type Validation,
} from "./validate-command.ts";
