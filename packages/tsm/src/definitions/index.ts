export { carryOut, type CarryOutPorts, type StepResult } from "./carry-out.ts";
export { DEFAULT_ORG, type DefinitionPaths, definitionPaths } from "./definition-layout.ts";
export {
  type DefinitionReference,
  definitionRequest,
  type DefinitionRequestContext,
  referenceIn,
} from "./definition-request.ts";
export {
  type BrokenLink,
  type DefinitionStore,
  type DefinitionStoreOptions,
  openDefinitions,
  type SaveRequest,
  type StoredDefinition,
} from "./definition-store.ts";
export type { DefinitionErrorCode } from "./errors.ts";
export {
  type ImportedFile,
  importFile,
  type ImportKind,
  type ImportOptions,
} from "./import-file.ts";
export type { Imported, ImportedField } from "./import-report.ts";
export type { Place } from "./invalid-definition.ts";
export {
  type DownInput,
  type Existing,
  planDown,
  planUp,
  type Step,
  type UpInput,
  type Wanted,
} from "./plan-up.ts";
export {
  openProjects,
  type Project,
  type ProjectPlan,
  type ProjectResult,
  type Projects,
  type ProjectsOptions,
} from "./projects.ts";
export { readDefinitions, type ReadDefinitionsContext, requestAgain } from "./read-definitions.ts";
export { readTpmApp, type ReadTpmAppOptions } from "./read-tpm-app.ts";
export { resolveDefinition, type ResolvedDefinition } from "./resolve-definition.ts";
export { keysOfRunning, savedName } from "./running-keys.ts";
export { dependenciesOf, isEnabled, type ServiceDefinition } from "./service-definition.ts";
export type {
  BackoffKeys,
  DurationText,
  FileKeys,
  HealthKeys,
  LogKeys,
  ProbeKeys,
  ReadyKeys,
  Scalar,
  ServiceKeys,
  WatchKeys,
} from "./service-keys.ts";
export { type ConditionParts, serviceCondition } from "./service-condition.ts";
export { type Ordered, startOrder } from "./start-order.ts";
export { formatTsmFile } from "./format-tsm-file.ts";
export { parseTsmFile, type TsmFileContext } from "./tsm-file.ts";
export { formatTsmYaml, parseTsmYaml, TSM_YAML_NAMES } from "./tsm-yaml.ts";
