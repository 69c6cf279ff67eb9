export { BUILT_IN_RANGES, IGNORED_PORTS, STANDARD_PORTS } from "./built-in-ranges.ts";
export { type ClaimedPort, claimPort, type PortClaim, portHolders } from "./claim-port.ts";
export type { PortsErrorCode } from "./errors.ts";
export { EXPORT_FORMATS, type ExportFormat, exportPorts, portVariable } from "./export-ports.ts";
export {
  type FoundPort,
  nameOfPort,
  type PortBooks,
  portOfName,
  type PortSource,
} from "./find-port.ts";
export { parseFlatPorts } from "./flat-ports.ts";
export { importPorts, type PortsImport } from "./import-ports.ts";
export type { LedgerRow, LedgerTruth } from "./ledger.ts";
export { type Listening, lookAtPorts, type PortLook } from "./look-at-ports.ts";
export {
  allocateNamedPort,
  fixPortConflicts,
  type PortWish,
  type PortWorld,
  readPortsConfig,
  removeNamedPort,
  requireNamed,
  reservePorts,
  setNamedPort,
} from "./named-ports.ts";
export { heldPorts, type PortAllocation } from "./port-allocations.ts";
export { conflictText, type PortConflict, portConflicts, type PortMove } from "./port-conflicts.ts";
export { readLedger } from "./port-ledger.ts";
export { parsePort } from "./port-number.ts";
export { type PortState, portStateText, type ScannedPort, scanPorts } from "./port-scan.ts";
export { type PortStore, portStore } from "./port-store.ts";
export { type PortRange, type PortsConfig } from "./ports-config.ts";
export {
  ledgerTruth,
  type PortMismatch,
  type PortReconciliation,
  reconcilePorts,
  reconciliationLines,
} from "./reconcile-ports.ts";
export { type PortRegistration, registerPort } from "./register-port.ts";
export { scanIntoLedger } from "./scan-into-ledger.ts";
export { type TrackedService, trackedServices } from "./tracked-service.ts";
