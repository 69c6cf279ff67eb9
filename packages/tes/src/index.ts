export { connector } from "./connector.ts";
export { type Content, fileContent, type SizedContent } from "./connectors/content.ts";
export type { ConnectorOptions } from "./connectors/options.ts";
export { destination, isLocal } from "./destination.ts";
export {
  type Endpoints,
  endpoints,
  type KnownEndpoint,
  type ListedSymbol,
  listSymbols,
  lookUp,
} from "./endpoints.ts";
export type {
  ConnectErrorCode,
  EndpointErrorCode,
  ResolveErrorCode,
  RunErrorCode,
  TesErrorCode,
} from "./errors.ts";
export { disconnect, execute, type Outcome } from "./execute.ts";
export {
  explain,
  type ExplainedLevel,
  type ExplainedValue,
  type Explanation,
  formatExplanation,
  type Stop,
} from "./explain.ts";
export { folderHandleCache, type HandleCache, memoryHandleCache } from "./handle-cache.ts";
export { type LevelName, levelNumber, LEVELS, parseLevel } from "./level.ts";
export type { AddressLevel } from "./levels/address-level.ts";
export type { BindingLevel, Deed, PathKind, Stdin } from "./levels/binding-level.ts";
export type { ChannelLevel } from "./levels/channel-level.ts";
export type {
  ConnectorLevel,
  ContainerRoute,
  LocalRoute,
  PodRoute,
  Route,
  SshRoute,
} from "./levels/connector-level.ts";
export {
  HANDLE_LIFE_MS,
  type HandleLevel,
  type HandleTest,
  isTested,
} from "./levels/handle-level.ts";
export type { LocatorLevel } from "./levels/locator-level.ts";
export type { PlanLevel } from "./levels/plan-level.ts";
export type { SymbolLevel } from "./levels/symbol-level.ts";
export { type Operation, OPERATIONS, parseOperation } from "./operation.ts";
export { formatOrigin, type Origin, type Sourced, type SourceName } from "./origin.ts";
export { describePlan, formatPlans } from "./plan/format-plan.ts";
export { type PlanRecord, planRecord } from "./plan/plan-record.ts";
export { commandLine, quoteForShell } from "./plan/shell-quote.ts";
export { handleKey, probe, type ProbeOptions } from "./probe.ts";
export {
  type Policy,
  type Protection,
  protection,
  requireAllowed,
  type Rights,
  writeRights,
} from "./protection.ts";
export { reachedLevel, requireLevel, type RequirementOptions } from "./requirement.ts";
export {
  type LevelValues,
  plan,
  type PlanOptions,
  resolve,
  type ResolveOptions,
  type Self,
} from "./resolve.ts";
export type { ExecuteOptions } from "./run-script.ts";
export type {
  EndpointFields,
  EndpointType,
  EndpointValues,
  WriteRights,
} from "./sources/endpoint-fields.ts";
export type { EndpointSource } from "./sources/endpoint-source.ts";
export { findSourceFiles, type Places, type SourceFile } from "./sources/find-files.ts";
export type { EndpointFlags } from "./sources/flags.ts";
export { checkFiles, loadEndpoints, loadSshConfig } from "./sources/load.ts";
export { formatProblem, type Problem } from "./sources/problem.ts";
export {
  readSshConfig,
  type SshConfig,
  type SshConfigFiles,
  type SshHost,
} from "./sources/ssh-config.ts";
export { checkTetraToml, tetraTomlSource } from "./sources/tetra-toml.ts";
export { topologySource } from "./sources/topology-source.ts";
export {
  type EndpointSymbol,
  type ForeignSymbol,
  isSymbol,
  type Location,
  parseEndpointSymbol,
  parseLocation,
  parseSymbol,
  symbolName,
} from "./symbol.ts";
export {
  BUILT_IN_TOPOLOGY,
  checkTopology,
  type Connector,
  parseTopology,
  type Topology,
} from "./topology.ts";
export { pullFolder, pushFolder, type TransferOptions } from "./transfer-folder.ts";
