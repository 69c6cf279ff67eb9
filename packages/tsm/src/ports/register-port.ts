import { ledgerRow, withRow } from "./ledger.ts";
import { changeLedger, nowS } from "./port-ledger.ts";
import type { PortStore } from "./port-store.ts";

/** What somebody says a service will listen on. */
export interface PortRegistration {
  readonly id: number;
  readonly name: string;
  /** `undefined`: it says none. */
  readonly declared: number | undefined;
  readonly pid: number | undefined;
}

/**
 * Writes a row into the ledger, in place of those that the service had. What it listens on is filled in by the
 * next scan, which also takes out what is of no service.
 * @throws TetraError `SERVICE_BUSY`
 */
export async function registerPort(store: PortStore, said: PortRegistration): Promise<void> {
  const row = ledgerRow({ ...said, actual: undefined, timestamp: nowS(store) });
  await changeLedger(store, (ledger) => ({ ledger: withRow(ledger, row), result: undefined }));
}
