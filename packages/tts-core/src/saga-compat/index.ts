export {
  formatTransactions,
  parseTransaction,
  parseTransactions,
  TRANSACTION_STATES,
  type TransactionRecord,
  type TransactionResult,
  type TransactionState,
  type TransactionStep,
} from "./record.ts";
export { SagaOrchestrator } from "./saga-orchestrator.ts";
export {
  type CompatPorts,
  type Handler,
  type NewStep,
  TransactionManager,
} from "./transaction-manager.ts";
