export { openFolderStore } from "./folder-store.ts";
export type {
  Finding,
  FolderStore,
  FolderStoreOptions,
  Progress,
  RecoveryReport,
  Retention,
  TransactionPaths,
} from "./store-api.ts";
