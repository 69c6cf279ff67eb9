export { type Assignment, type AssignmentsContext, parseAssignments } from "./assignments.ts";
export { dependencyOption } from "./dependency-option.ts";
export { discoverPort, type FoundPort, type PortClues } from "./discover-port.ts";
export { type EnvFile, findEnvFile, readEnvFile, type WantedEnvFile } from "./env-file.ts";
export type { LaunchErrorCode } from "./errors.ts";
export { type Interpreted, resolveInterpreter, type ToInterpret } from "./interpreter.ts";
export {
  describeChange,
  type LaunchChange,
  launchDifference,
  type Launched,
  launchedAs,
} from "./launch-difference.ts";
export type { LaunchHost } from "./launch-host.ts";
export type { Launch, LaunchRequest, PortSource, ServiceDefaults } from "./launch-request.ts";
export { definitionIn } from "./launch-origin.ts";
export { nodeLaunchHost, type NodeLaunchHostOptions } from "./node-launch-host.ts";
export { giveUpClaim, planAndClaim } from "./plan-and-claim.ts";
export { planLaunch } from "./plan-launch.ts";
export { planTpm, type TpmRequest } from "./plan-tpm.ts";
export { isEcosystemFile, planTpmApp, type TpmApp, type TpmAppRequest } from "./plan-tpm-app.ts";
export { cleanName, type NameBase, nameBase, type NameClues, processName } from "./process-name.ts";
export { detectType, type ProcessType, scriptOf } from "./process-type.ts";
export { relaunch, type RelaunchOptions } from "./relaunch.ts";
export { maskSecret, maskWords } from "./secrets.ts";
export { type TypedCommand, typedCommand } from "./typed-command.ts";
export { type Selectable, selectServices } from "./select-services.ts";
